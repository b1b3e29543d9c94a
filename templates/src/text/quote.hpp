#pragma once

#include <cstddef>
#include <string>
#include <string_view>

// Text within other text.
namespace aldis::templates::detail {

/// repr(text): in single quotes, or in double quotes if that saves escapes.
void append_quoted(std::string& out, std::string_view text);
/// How long that is.
std::size_t quoted_size(std::string_view text);

/// The character, or the escape for it in a Python string if it is not ASCII.
void append_ascii(std::string& out, char32_t character);

/// With %XX for all bytes but letters, digits, `_.-~` and slashes. Of a query, slashes too, and
/// spaces become `+`.
std::string quote_url(std::string_view text, bool of_query = false);

/// A JSON string in ASCII that is also safe in markup: <, >, & and ' are written as escapes.
void append_json_string(std::string& out, std::string_view text);
/// How long that is; without the escapes for markup it is no longer.
std::size_t json_string_size(std::string_view text);

/// As json.dumps writes it: with or without escapes for what is not ASCII.
void append_plain_json_string(std::string& out, std::string_view text, bool ensure_ascii);

}  // namespace aldis::templates::detail
