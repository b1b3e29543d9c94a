#include "http/forms.hpp"

#include <aldis/web/http_error.hpp>

#include "http/text.hpp"
#include "http/url.hpp"
#include "http/utf8.hpp"

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
      // Browsers do not escape `\` in names, so only `\"` and `\\` are escapes.
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

/// Converts percent escapes of ISO 8859-1 characters to those of UTF-8.
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

/// Removes `utf-8'en'` from the beginning of `utf-8'en'%e2%82%ac` (RFC 8187), and returns the
/// character set, which may be empty. Nothing if there is no such prefix.
std::optional<std::string> take_charset(std::string_view& value) {
  const auto first = value.find('\'');
  const auto second = first == value.npos ? first : value.find('\'', first + 1);
  if (second == value.npos) return std::nullopt;
  std::string charset = lower(value.substr(0, first));
  value.remove_prefix(second + 1);
  return charset;
}

/// Decodes escapes to UTF-8. Escapes of an unknown character set are left alone.
std::string decoded(std::string_view text, std::string_view charset) {
  if (charset == "iso-8859-1") return unescape_bytes(latin1_escapes_to_utf8(text));
  if (charset == "utf-8" || charset == "us-ascii" || charset == "ascii") {
    return unescape_bytes(text);
  }
  return std::string(text);
}

/// Decodes the escapes that browsers use for quotes and line ends in names (WHATWG). They do not
/// escape `%`, so a literal `%22` is decoded as well, by all servers.
std::string without_browser_escapes(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string_view escape = text.substr(i, 3);
    if (escape == "%22" || escape == "%0D" || escape == "%0A") {
      result += escape == "%22" ? '"' : escape == "%0D" ? '\r' : '\n';
      i += 2;
    } else {
      result += text[i];
    }
  }
  return result;
}

/// Collects the value of one parameter while a header is parsed. The last parameter of that name
/// counts; sections, `name*0=a; name*1=b` (RFC 2231), are joined in the order in which they occur.
class parameter_value {
 public:
  parameter_value(std::string_view name, bool of_form) : name_(name), of_form_(of_form) {}

  /// Adds a parameter, unless it has another name.
  void add(std::string_view key, std::string_view text) {
    if (!same_without_case(key.substr(0, name_.size()), name_)) return;
    std::string_view marks = key.substr(name_.size());
    const bool is_section = marks.size() > 1 && marks[0] == '*' && is_digit(marks[1]);
    if (is_section) {
      marks.remove_prefix(std::min(marks.find_first_not_of("0123456789", 1), marks.size()));
    }
    const bool is_encoded = marks == "*";
    if (!is_encoded && !marks.empty()) return;

    if (!value_ || !is_section || !in_sections_) {
      value_.emplace();
      charset_.clear();
    }
    in_sections_ = is_section;
    if (!is_encoded) {
      *value_ += of_form_ ? without_browser_escapes(text) : std::string(text);
      return;
    }
    // Only the first section must name the character set.
    if (auto charset = take_charset(text); charset && !charset->empty()) {
      charset_ = std::move(*charset);
    }
    *value_ += decoded(text, charset_);
  }

  /// The value in UTF-8; nothing if there was none.
  std::optional<std::string> take() {
    if (value_) value_ = as_utf8(std::move(*value_));
    return std::move(value_);
  }

 private:
  std::string_view name_;
  bool of_form_;
  bool in_sections_ = false;
  std::string charset_;
  std::optional<std::string> value_;
};

std::optional<std::string> find_parameter(std::string_view value, std::string_view name,
                                          bool of_form) {
  parameter_value found(name, of_form);
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
    found.add(key, take_parameter_value(rest));
  }
  return found.take();
}

/// Converts ISO 8859-1 to UTF-8.
std::string latin1_to_utf8(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      result += c;
    } else {
      result += {static_cast<char>(0xc0 | byte >> 6), static_cast<char>(0x80 | (byte & 0x3f))};
    }
  }
  return result;
}

/// Parses multipart/form-data. Lines may end with CR LF, LF or CR, as in Werkzeug.
///
/// Cost: linear for any boundary, which is searched at the beginnings of lines only and contains no
/// line ends.
class multipart_reader {
 public:
  multipart_reader(std::string_view boundary, std::string_view body, const form_limits& limits)
      : boundary_("--" + std::string(boundary)),
        body_(body),
        limits_(limits),
        next_cr_(body.find('\r')),
        next_lf_(body.find('\n')) {}

  parsed_form read() {
    skip_preamble();
    while (!at_end_) read_part();
    return std::move(form_);
  }

 private:
  static constexpr std::size_t npos = std::string_view::npos;
  /// The headers of one part. Each needs memory in addition to its text.
  static constexpr std::size_t max_headers = 1000;

  /// A boundary and the line ends around it.
  struct delimiter {
    std::size_t begin;
    std::size_t end;
    bool is_last;
  };

  /// The first line end at or after a position. Positions must not decrease between calls.
  std::size_t next_line_end(std::size_t from) {
    if (next_cr_ < from) next_cr_ = body_.find('\r', from);
    if (next_lf_ < from) next_lf_ = body_.find('\n', from);
    return std::min(next_cr_, next_lf_);
  }

  std::size_t line_end_size(std::size_t at) const noexcept {
    const std::string_view rest = body_.substr(std::min(at, body_.size()));
    if (rest.starts_with("\r\n")) return 2;
    return rest.starts_with('\n') || rest.starts_with('\r') ? 1 : 0;
  }

  /// The delimiter whose boundary begins at `line`, if there is one.
  std::optional<delimiter> delimiter_at(std::size_t begin, std::size_t line) const {
    if (!body_.substr(line).starts_with(boundary_)) return std::nullopt;
    std::size_t end = line + boundary_.size();
    const bool is_last = body_.substr(end).starts_with("--");
    if (is_last) end += 2;
    const std::size_t line_end = std::min(body_.find_first_not_of(" \t\v\f", end), body_.size());
    const std::size_t size = line_end_size(line_end);
    // Another boundary that begins with ours.
    if (!is_last && size == 0) return std::nullopt;
    return delimiter{begin, size > 0 ? line_end + size : end, is_last};
  }

  std::optional<delimiter> find_delimiter(std::size_t from) {
    for (std::size_t at = next_line_end(from); at != npos;) {
      const std::size_t line = at + line_end_size(at);
      if (const auto found = delimiter_at(at, line)) return found;
      at = next_line_end(line);
    }
    return std::nullopt;
  }

  void skip(const delimiter& one) {
    position_ = one.end;
    at_end_ = one.is_last;
  }

  void skip_preamble() {
    auto first = delimiter_at(0, 0);
    if (!first) first = find_delimiter(0);
    if (!first) malformed("its boundary does not come");
    skip(*first);
  }

  void read_part() {
    headers found = take_headers();
    // The line end of the empty line may also belong to the boundary.
    const std::size_t content = position_ + line_end_size(position_);
    const auto end = find_delimiter(position_);
    if (!end) malformed("a part has no end");
    const std::string_view text =
        end->begin < content ? std::string_view() : body_.substr(content, end->begin - content);
    skip(*end);
    add(std::move(found), text);
  }

  /// Stops at the line end of the empty line that follows the headers.
  headers take_headers() {
    headers found;
    std::string field;
    const std::size_t begin = position_;
    while (true) {
      const std::size_t end = next_line_end(position_);
      if (end == npos) malformed("a part has no end of its headers");
      const std::string_view line = body_.substr(position_, end - position_);
      if (end - begin > limits_.memory) too_large("headers");
      const bool is_continued = !field.empty() && (line.starts_with(' ') || line.starts_with('\t'));
      if (is_continued) {
        field.append(" ").append(line.substr(1));
      } else {
        add_header(found, field);
        field = line;
      }
      position_ = end;
      if (line.empty()) return found;
      position_ += line_end_size(end);
    }
  }

  static void add_header(headers& to, std::string_view field) {
    if (field.empty()) return;
    const auto colon = field.find(':');
    if (to.size() == max_headers) too_large("headers");
    if (colon == field.npos) malformed("a part has malformed headers");
    try {
      to.add(trimmed(field.substr(0, colon)), trimmed(field.substr(colon + 1)));
    } catch (const std::invalid_argument&) {
      malformed("a part has malformed headers");
    }
  }

  void add(headers found, std::string_view content) {
    const std::string_view disposition = found["Content-Disposition"];
    if (disposition.empty()) malformed("a part does not say what it is");
    if (form_.fields.size() + form_.files.size() >= limits_.parts) too_large("fields");
    std::string name = find_parameter(disposition, "name", true).value_or("");
    if (auto file_name = find_parameter(disposition, "filename", true)) {
      form_.files.push_back(
          {std::move(name), std::move(*file_name), std::move(found), std::string(content)});
      return;
    }
    if (content.size() > limits_.memory) too_large("text in a field");
    const bool is_latin1 =
        lower(header_parameter(found["Content-Type"], "charset")) == "iso-8859-1";
    form_.fields.add(std::move(name),
                     is_latin1 ? latin1_to_utf8(content) : as_utf8(std::string(content)));
  }

  std::string boundary_;
  std::string_view body_;
  form_limits limits_;
  std::size_t next_cr_;
  std::size_t next_lf_;
  std::size_t position_ = 0;
  bool at_end_ = false;
  parsed_form form_;
};

bool is_boundary(std::string_view text) noexcept {
  return !text.empty() && std::none_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  });
}

/// The fields of an urlencoded form. A field of two bytes takes 64 bytes once it is parsed.
constexpr std::ptrdiff_t max_fields = 250'000;

}  // namespace

std::string header_parameter(std::string_view value, std::string_view name) {
  return find_parameter(value, name, false).value_or(std::string());
}

parsed_form parse_form(std::string_view content_type, std::string_view body,
                       const form_limits& limits) {
  const std::string type = lower(trimmed(split_once(content_type, ';').first));
  if (type == "application/x-www-form-urlencoded") {
    if (std::count(body.begin(), body.end(), '&') >= max_fields) too_large("fields");
    return {parse_urlencoded(body), {}};
  }
  if (type == "multipart/form-data" && !body.empty()) {
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
