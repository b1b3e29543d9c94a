#pragma once

// Code points in text that should be UTF-8. A byte that is not counts as a code point.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace aldis::templates::detail {

/// The bytes of the code point at `place`, 1 if it is not well-formed.
std::size_t code_point_size(std::string_view text, std::size_t place) noexcept;
/// The code point at `place`; the byte itself if it is not well-formed.
char32_t code_point_at(std::string_view text, std::size_t place) noexcept;
/// The bytes of the code point that ends before `place`.
std::size_t code_point_size_before(std::string_view text, std::size_t place) noexcept;
void append_code_point(std::string& out, char32_t code_point);

/// len() of text.
std::size_t code_points(std::string_view text) noexcept;
/// Where the code point of that number is; the end if there are not so many.
std::size_t place_of_code_point(std::string_view text, std::size_t number) noexcept;

bool is_ascii(std::string_view text) noexcept;
/// str.isspace() of one code point, which is also what \s matches.
bool is_space(char32_t code_point) noexcept;
/// May it stand in a name: a letter, digit or the like?
bool is_word(char32_t code_point) noexcept;
std::string_view without_space_at_end(std::string_view text) noexcept;
/// How many bytes of white space are at `place`.
std::size_t space_at(std::string_view text, std::size_t place) noexcept;

}  // namespace aldis::templates::detail
