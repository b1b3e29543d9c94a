#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// Python's format specifications: the part after the colon in `{:>10.2f}`.
namespace aldis::templates::detail {

struct format_spec {
  char32_t fill = ' ';
  char align = '<';  // < > ^, or = for padding between sign and digits
  char sign = '\0';  // + or blank; - is the default
  bool no_negative_zero = false;
  bool alternate = false;
  std::size_t width = 0;
  char grouping = '\0';  // , or _
  std::optional<std::size_t> precision;
  char32_t type = '\0';

  /// The maximum number of characters that formatting adds.
  std::size_t extra() const noexcept { return width + precision.value_or(0); }
};

/// The type to format: its name for messages, and the defaults for a spec that omits them.
struct formatted_type {
  std::string_view name;
  char align;
  char type;
};
inline constexpr formatted_type formatted_text{"str", '<', 's'};
inline constexpr formatted_type formatted_integer{"int", '>', 'd'};
inline constexpr formatted_type formatted_float{"float", '>', '\0'};

/// Fails with Python's messages.
format_spec read_format_spec(std::string_view spec, const formatted_type& of);

std::string format_text(std::string_view text, const format_spec& spec);
/// `type_name` is for messages: a bool is formatted as an integer.
std::string format_integer(std::int64_t number, const format_spec& spec,
                           std::string_view type_name);
std::string format_float(double number, const format_spec& spec);

}  // namespace aldis::templates::detail
