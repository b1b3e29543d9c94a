#include "quote.hpp"

#include "unicode.hpp"
#include "utf8.hpp"

namespace aldis::templates::detail {

namespace {

/// Counts the size of a text instead of storing it.
class counting_text {
 public:
  std::size_t size() const noexcept { return size_; }
  void push_back(char) noexcept { ++size_; }
  counting_text& operator+=(std::string_view more) noexcept {
    size_ += more.size();
    return *this;
  }
  void append(std::string_view, std::size_t, std::size_t size) noexcept { size_ += size; }

 private:
  std::size_t size_ = 0;
};

template <class Text>
void append_hexadecimal(Text& out, char32_t number, int digits) {
  for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4) {
    out.push_back("0123456789abcdef"[(number >> shift) & 0xF]);
  }
}

/// `\x7f`, `\u2028`, `\U0001f600`
template <class Text>
void append_escape(Text& out, char32_t c) {
  out += c <= 0xFF ? "\\x" : c <= 0xFFFF ? "\\u" : "\\U";
  append_hexadecimal(out, c, c <= 0xFF ? 2 : c <= 0xFFFF ? 4 : 8);
}

template <class Text>
void append_json_escape(Text& out, char32_t unit) {
  out += "\\u";
  append_hexadecimal(out, unit, 4);
}

/// Escapes by UTF-16 code units.
template <class Text>
void append_json_escapes(Text& out, char32_t c) {
  if (c >= 0x10000) {
    append_json_escape(out, 0xD7C0 + (c >> 10));
    append_json_escape(out, 0xDC00 + (c & 0x3FF));
  } else {
    append_json_escape(out, c);
  }
}

/// Appends an ASCII character of a JSON string.
template <class Text>
void append_json_ascii(Text& out, char32_t c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\b':
      out += "\\b";
      return;
    default:
      if (c < ' ') {
        append_json_escape(out, c);
      } else {
        out.push_back(static_cast<char>(c));
      }
  }
}

template <class Text>
void write_quoted(Text& out, std::string_view text) {
  const bool single = text.find('\'') != std::string_view::npos;
  const char quote = single && text.find('"') == std::string_view::npos ? '"' : '\'';
  out.push_back(quote);
  for (std::size_t offset = 0; offset < text.size();) {
    const std::size_t begin = offset;
    const char32_t c = next_character(text, offset);
    if (c == static_cast<unsigned char>(quote) || c == '\\') {
      out.push_back('\\');
      out.push_back(text[begin]);
    } else if (c == '\t') {
      out += "\\t";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\r') {
      out += "\\r";
    } else if (is(character_class::printable, c)) {
      out.append(text, begin, offset - begin);
    } else {
      append_escape(out, c);
    }
  }
  out.push_back(quote);
}

template <class Text>
void write_json(Text& out, std::string_view text) {
  out.push_back('"');
  for (std::size_t offset = 0; offset < text.size();) {
    const char32_t c = next_character(text, offset);
    if (c == '<' || c == '>' || c == '&' || c == '\'' || c > '~') {
      append_json_escapes(out, c);
    } else {
      append_json_ascii(out, c);
    }
  }
  out.push_back('"');
}

template <class Text>
void write_plain_json(Text& out, std::string_view text, bool ensure_ascii) {
  out.push_back('"');
  for (std::size_t offset = 0; offset < text.size();) {
    const std::size_t begin = offset;
    const char32_t c = next_character(text, offset);
    if (c <= '~') {
      append_json_ascii(out, c);
    } else if (ensure_ascii) {
      append_json_escapes(out, c);
    } else {
      out.append(text, begin, offset - begin);
    }
  }
  out.push_back('"');
}

}  // namespace

void append_quoted(std::string& out, std::string_view text) { write_quoted(out, text); }

std::size_t quoted_size(std::string_view text) {
  counting_text count;
  write_quoted(count, text);
  return count.size();
}

void append_json_string(std::string& out, std::string_view text) { write_json(out, text); }

std::size_t json_string_size(std::string_view text) {
  counting_text count;
  write_json(count, text);
  return count.size();
}

void append_plain_json_string(std::string& out, std::string_view text, bool ensure_ascii) {
  write_plain_json(out, text, ensure_ascii);
}

void append_ascii(std::string& out, char32_t character) {
  if (character < 0x80) {
    out.push_back(static_cast<char>(character));
  } else {
    append_escape(out, character);
  }
}

std::string quote_url(std::string_view text, bool of_query) {
  std::string result;
  result.reserve(text.size());
  for (const char c : text) {
    const bool safe = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      std::string_view("_.-~").find(c) != std::string_view::npos ||
                      (c == '/' && !of_query);
    if (safe) {
      result.push_back(c);
    } else if (c == ' ' && of_query) {
      result.push_back('+');
    } else {
      const auto byte = static_cast<unsigned char>(c);
      result.push_back('%');
      result.push_back("0123456789ABCDEF"[byte >> 4]);
      result.push_back("0123456789ABCDEF"[byte & 0xF]);
    }
  }
  return result;
}

}  // namespace aldis::templates::detail
