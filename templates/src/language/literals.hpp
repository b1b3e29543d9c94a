#pragma once

// Literals and names in the syntax of templates.

#include <aldis/templates/value.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace aldis::templates::detail {

struct number_literal {
  std::size_t size = 0;  // 0: not a number
  value number;
  bool overflow = false;
};

/// Reads the number at the start of `text`.
number_literal read_number(std::string_view text, bool may_be_floating);

/// The size in bytes of the Python identifier at the start of `text`; 0 if there is none.
std::size_t name_size(std::string_view text) noexcept;

/// Replaces the escapes of a string. Returns an error message, or an empty string.
std::string read_string(std::string_view inside, std::string& text);

/// 'text', quoted as in error messages.
std::string in_quotes(std::string_view text);

}  // namespace aldis::templates::detail
