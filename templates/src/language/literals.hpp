#pragma once

// Numbers, names and strings as they are written in templates.

#include <aldis/templates/value.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace aldis::templates::detail {

struct number_literal {
  std::size_t size = 0;  // 0: none
  value number;
  bool overflow = false;
};

/// The number that `text` begins with.
number_literal read_number(std::string_view text, bool may_be_floating);

/// The bytes of the name, if it is one that Python allows, that `text` begins with.
std::size_t name_size(std::string_view text) noexcept;

/// The text between quotes with its escapes replaced. What is wrong with it, or nothing.
std::string read_string(std::string_view inside, std::string& text);

/// 'text' as messages quote it.
std::string in_quotes(std::string_view text);

}  // namespace aldis::templates::detail
