#pragma once

#include <cstddef>
#include <string>
#include <string_view>

// Quoting and escaping text.
namespace aldis::templates::detail {

/// repr(text): in single quotes, or in double quotes if that saves escapes.
void append_quoted(std::string& out, std::string_view text);
/// The size of repr(text).
std::size_t quoted_size(std::string_view text);

/// Appends an ASCII character, or the escape of another character in a Python string.
void append_ascii(std::string& out, char32_t character);

/// Writes %XX for all bytes except letters, digits, `_.-~` and slashes. In a query, slashes are
/// quoted too, and spaces become `+`.
std::string quote_url(std::string_view text, bool of_query = false);

/// A JSON string in ASCII that is also safe in markup: <, >, & and ' are written as escapes.
void append_json_string(std::string& out, std::string_view text);
/// The size of that string; without the escapes for markup it is not longer.
std::size_t json_string_size(std::string_view text);

/// A JSON string as json.dumps writes it, with or without escapes for non-ASCII characters.
void append_plain_json_string(std::string& out, std::string_view text, bool ensure_ascii);

}  // namespace aldis::templates::detail
