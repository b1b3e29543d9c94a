#pragma once

#include <aldis/export.hpp>

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aldis::web {

/// A UUID: the value of the converter `uuid`.
class ALDIS_API uuid {
 public:
  uuid() = default;
  explicit uuid(const std::array<std::uint8_t, 16>& bytes) : bytes_(bytes) {}

  /// Parses 32 hexadecimal digits, with or without the four dashes. Nothing if it is other text.
  static std::optional<uuid> from_text(std::string_view text) noexcept;

  const std::array<std::uint8_t, 16>& bytes() const noexcept { return bytes_; }
  /// As 8-4-4-4-12 digits, in lower case.
  std::string text() const;
  /// As 32 digits, in lower case.
  std::string hex() const;

  friend auto operator<=>(const uuid&, const uuid&) = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};
};

}  // namespace aldis::web
