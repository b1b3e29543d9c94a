#include <aldis/web/uuid.hpp>

#include "http/text.hpp"

namespace aldis::web {

std::optional<uuid> uuid::from_text(std::string_view text) noexcept {
  const bool dashes = text.size() == 36;
  if (!dashes && text.size() != 32) return std::nullopt;
  std::array<std::uint8_t, 16> bytes{};
  std::size_t digits = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (dashes && (i == 8 || i == 13 || i == 18 || i == 23)) {
      if (text[i] != '-') return std::nullopt;
      continue;
    }
    const int digit = detail::hex_digit(text[i]);
    if (digit < 0) return std::nullopt;
    std::uint8_t& byte = bytes[digits / 2];
    byte = static_cast<std::uint8_t>(byte * 16 + digit);
    ++digits;
  }
  return uuid(bytes);
}

std::string uuid::hex() const {
  constexpr char digits[] = "0123456789abcdef";
  std::string result;
  for (const std::uint8_t byte : bytes_) result += {digits[byte >> 4], digits[byte & 15]};
  return result;
}

std::string uuid::text() const {
  std::string result = hex();
  for (const std::size_t at : {20U, 16U, 12U, 8U}) result.insert(at, 1, '-');
  return result;
}

}  // namespace aldis::web
