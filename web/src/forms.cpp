#include "forms.hpp"

#include <aldis/web/http_error.hpp>

#include "text.hpp"
#include "url.hpp"
#include "utf8.hpp"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <optional>
#include <stdexcept>
#include <utility>

namespace aldis::web {

namespace detail {

namespace {

[[noreturn]] void malformed(std::string_view what) {
  throw http_error(400, "The form cannot be read: " + std::string(what) + ".");
}

[[noreturn]] void too_large(std::string_view what) {
  throw http_error(413, "The form has more " + std::string(what) + " than is allowed.");
}

/// Reads a token or a quoted text from the beginning of `rest`.
std::string take_parameter_value(std::string_view& rest) {
  std::string value;
  if (rest.starts_with('"')) {
    std::size_t i = 1;
    for (; i < rest.size() && rest[i] != '"'; ++i) {
      // Browsers send `\` in names as it is; only an escaped quote or backslash is an escape.
      if (rest[i] == '\\' && i + 1 < rest.size() && (rest[i + 1] == '"' || rest[i + 1] == '\\')) {
        ++i;
      }
      value += rest[i];
    }
    rest.remove_prefix(std::min(i + 1, rest.size()));
  } else {
    const std::string_view plain = rest.substr(0, rest.find(';'));
    rest.remove_prefix(plain.size());
    value = trimmed(plain);
  }
  return value;
}

/// The escapes of bytes beyond ASCII, each a character of ISO 8859-1, as those of UTF-8.
std::string latin1_escapes_to_utf8(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string_view escape = text.substr(i, 3);
    const int high = escape.size() == 3 && escape[0] == '%' ? hex_digit(escape[1]) : -1;
    if (high >= 8 && hex_digit(escape[2]) >= 0) {
      // The second byte of the two keeps six bits: 8 to b as its upper digit.
      result += high < 0xc ? "%c2%" : "%c3%";
      result += {"89ab"[high & 3], escape[2]};
      i += 2;
    } else {
      result += text[i];
    }
  }
  return result;
}

/// The value of `name*=utf-8''%e2%82%ac`, without its escapes (RFC 8187). Those of an unknown
/// character set stay, and so does a value that names none.
std::string decoded_parameter(std::string value) {
  if (value.starts_with('\'') || std::count(value.begin(), value.end(), '\'') < 2) return value;
  const auto [charset, tagged] = split_once(value, '\'');
  const std::string_view text = split_once(tagged, '\'').second;
  const std::string known = lower(charset);
  if (known == "iso-8859-1") return unescape(latin1_escapes_to_utf8(text));
  if (known == "utf-8" || known == "us-ascii" || known == "ascii") return unescape(text);
  return std::string(text);
}

/// The last one of that name, with an asterisk or without.
std::optional<std::string> find_parameter(std::string_view value, std::string_view name) {
  std::optional<std::string> found;
  std::string_view rest = split_once(value, ';').second;
  while (!rest.empty()) {
    rest = rest.substr(std::min(rest.find_first_not_of(" \t;"), rest.size()));
    const auto equals = rest.find_first_of("=;");
    if (equals == rest.npos) break;
    std::string_view key = trimmed(rest.substr(0, equals));
    if (rest[equals] == ';') {
      rest.remove_prefix(equals);
      continue;
    }
    rest.remove_prefix(equals + 1);
    rest = rest.substr(std::min(rest.find_first_not_of(" \t"), rest.size()));
    std::string given = take_parameter_value(rest);
    const bool is_encoded = key.ends_with('*');
    if (is_encoded) key = trimmed(key.substr(0, key.size() - 1));
    if (same_without_case(key, name)) {
      found = is_encoded ? decoded_parameter(std::move(given)) : std::move(given);
    }
  }
  return found;
}

/// One part of a multipart body: reads its headers, leaves its content.
headers take_part_headers(std::string_view& rest) {
  headers found;
  while (true) {
    const auto end = rest.find("\r\n");
    if (end == rest.npos) malformed("a part has no end of its headers");
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end + 2);
    if (line.empty()) return found;
    const auto colon = line.find(':');
    if (colon == line.npos || found.size() == 32) malformed("a part has malformed headers");
    try {
      found.add(line.substr(0, colon), trimmed(line.substr(colon + 1)));
    } catch (const std::invalid_argument&) {
      malformed("a part has malformed headers");
    }
  }
}

class multipart_reader {
 public:
  multipart_reader(std::string_view boundary, std::string_view body, const form_limits& limits)
      : delimiter_("\r\n--" + std::string(boundary)), rest_(body), limits_(limits) {}

  parsed_form read() {
    skip_preamble();
    while (!at_end_) read_part();
    return std::move(form_);
  }

 private:
  void skip_preamble() {
    const std::string_view first = std::string_view(delimiter_).substr(2);
    if (rest_.starts_with(first)) {
      rest_.remove_prefix(first.size());
    } else {
      const auto at = rest_.find(delimiter_);
      if (at == rest_.npos) malformed("its boundary does not come");
      rest_.remove_prefix(at + delimiter_.size());
    }
    end_delimiter_line();
  }

  /// What follows a boundary: `--` for the last one, and the end of the line.
  void end_delimiter_line() {
    if (rest_.starts_with("--")) {
      at_end_ = true;
      return;
    }
    const auto line = rest_.find_first_not_of(" \t");
    if (line == rest_.npos || !rest_.substr(line).starts_with("\r\n")) {
      malformed("something stands behind a boundary");
    }
    rest_.remove_prefix(line + 2);
  }

  void read_part() {
    headers found = take_part_headers(rest_);
    // The line end of an empty part's headers may be that of the boundary.
    std::string_view content;
    const std::string_view boundary = std::string_view(delimiter_).substr(2);
    if (rest_.starts_with(boundary)) {
      rest_.remove_prefix(boundary.size());
    } else {
      const auto at = rest_.find(delimiter_);
      if (at == rest_.npos) malformed("a part has no end");
      content = rest_.substr(0, at);
      rest_.remove_prefix(at + delimiter_.size());
    }
    end_delimiter_line();
    add(std::move(found), content);
  }

  void add(headers found, std::string_view content) {
    const std::string_view disposition = found["Content-Disposition"];
    if (lower(trimmed(split_once(disposition, ';').first)) != "form-data") {
      malformed("a part is not of a form");
    }
    if (form_.fields.size() + form_.files.size() >= limits_.parts) too_large("fields");
    std::string name = as_utf8(header_parameter(disposition, "name"));
    if (is_file(disposition)) {
      std::string file_name = as_utf8(header_parameter(disposition, "filename"));
      form_.files.push_back(
          {std::move(name), std::move(file_name), std::move(found), std::string(content)});
      return;
    }
    memory_ += name.size() + content.size();
    if (memory_ > limits_.memory) too_large("text");
    form_.fields.add(std::move(name), as_utf8(std::string(content)));
  }

  static bool is_file(std::string_view disposition) {
    return lower(disposition).find("filename") != std::string::npos &&
           find_parameter(disposition, "filename").has_value();
  }

  std::string delimiter_;
  std::string_view rest_;
  form_limits limits_;
  std::size_t memory_ = 0;
  bool at_end_ = false;
  parsed_form form_;
};

bool is_boundary(std::string_view text) noexcept {
  return !text.empty() && text.size() <= 70 && std::all_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f;
  }) && text.back() != ' ';
}

}  // namespace

std::string header_parameter(std::string_view value, std::string_view name) {
  return find_parameter(value, name).value_or(std::string());
}

parsed_form parse_form(std::string_view content_type, std::string_view body,
                       const form_limits& limits) {
  const std::string type = lower(trimmed(split_once(content_type, ';').first));
  if (type == "application/x-www-form-urlencoded") {
    if (body.size() > limits.memory) too_large("text");
    return {parse_urlencoded(body), {}};
  }
  if (type == "multipart/form-data") {
    const std::string boundary = header_parameter(content_type, "boundary");
    if (!is_boundary(boundary)) malformed("its boundary is missing or malformed");
    return multipart_reader(boundary, body, limits).read();
  }
  return {};
}

}  // namespace detail

void file_part::save(const std::string& path) const {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(content.data(), static_cast<std::streamsize>(content.size()));
  file.close();
  if (!file) {
    throw std::filesystem::filesystem_error("aldis: a file that was sent cannot be saved", path,
                                            std::make_error_code(std::errc::io_error));
  }
}

std::string safe_file_name(std::string_view name) {
  std::string result;
  bool blank = false;
  for (const char c : name) {
    if (c == ' ' || c == '/' || c == '\\' || (c >= '\t' && c <= '\r')) {
      blank = !result.empty();
    } else if (detail::is_letter(c) || detail::is_digit(c) || c == '_' || c == '.' || c == '-') {
      if (blank) result += '_';
      blank = false;
      result += c;
    }
  }
  const auto first = result.find_first_not_of("._");
  if (first == result.npos) return {};
  return result.substr(first, result.find_last_not_of("._") - first + 1);
}

}  // namespace aldis::web
