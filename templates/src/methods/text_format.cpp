// "{0.name:>10}".format(...)

#include <aldis/templates/dict.hpp>

#include "filters/filters.hpp"
#include "memory.hpp"
#include "methods/format_value.hpp"
#include "methods/text.hpp"
#include "text/numbers.hpp"
#include "text/unicode.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <string>

namespace aldis::templates::detail {

namespace {

/// A replacement field: the text between braces, `name!r:spec`.
struct replacement_field {
  std::string_view name;
  char32_t conversion = '\0';
  std::string_view spec;
  bool has_fields_in_spec = false;
};

/// Splits a format string into text and fields.
class field_reader {
 public:
  explicit field_reader(std::string_view format) : rest_(format) {}

  /// Consumes the text up to the next field. Returns whether there is a field.
  bool next(std::string_view& text, replacement_field& field) {
    const std::size_t offset = rest_.find_first_of("{}");
    text = rest_.substr(0, offset);
    if (offset == std::string_view::npos) {
      rest_ = {};
      return false;
    }
    const char brace = rest_[offset];
    const bool twice = offset + 1 < rest_.size() && rest_[offset + 1] == brace;
    if (twice) {
      text = rest_.substr(0, offset + 1);
      rest_.remove_prefix(offset + 2);
      return false;
    }
    if (brace == '}' || offset + 1 == rest_.size()) {
      fail(error_kind::value, std::string("Single '") + brace + "' encountered in format string");
    }
    rest_.remove_prefix(offset + 1);
    field = read_field();
    return true;
  }
  bool at_end() const noexcept { return rest_.empty(); }

 private:
  replacement_field read_field() {
    replacement_field field;
    const std::size_t end = name_end();
    field.name = rest_.substr(0, end);
    const char after = rest_[end];
    rest_.remove_prefix(end + 1);
    if (after == '}') return field;
    if (after == '!' && !read_conversion(field)) return field;
    read_spec(field);
    return field;
  }

  std::size_t name_end() const {
    for (std::size_t i = 0; i < rest_.size(); ++i) {
      switch (rest_[i]) {
        case '{':
          fail(error_kind::value, "unexpected '{' in field name");
        case '[':
          i = rest_.find(']', i);
          // A missing bracket is reported only if the field has an end.
          if (i == std::string_view::npos)
            fail(error_kind::value, "expected '}' before end of string");
          break;
        case '}':
        case ':':
        case '!':
          return i;
        default:
          break;
      }
    }
    fail(error_kind::value, "expected '}' before end of string");
  }

  /// Returns whether a spec follows.
  bool read_conversion(replacement_field& field) {
    if (rest_.empty())
      fail(error_kind::value, "end of string while looking for conversion specifier");
    std::size_t size = 0;
    field.conversion = next_character(rest_, size);
    rest_.remove_prefix(size);
    if (rest_.empty()) return true;
    const char after = rest_.front();
    if (after != '}' && after != ':')
      fail(error_kind::value, "expected ':' after conversion specifier");
    rest_.remove_prefix(1);
    return after == ':';
  }

  void read_spec(replacement_field& field) {
    std::size_t open = 1;
    for (std::size_t i = 0; i < rest_.size(); ++i) {
      if (rest_[i] == '{') {
        field.has_fields_in_spec = true;
        ++open;
      } else if (rest_[i] == '}' && --open == 0) {
        field.spec = rest_.substr(0, i);
        rest_.remove_prefix(i + 1);
        return;
      }
    }
    fail(error_kind::value, "unmatched '{' in format spec");
  }

  std::string_view rest_;
};

/// The number that a field's name consists of, if it is a number.
std::optional<std::int64_t> index_of(std::string_view name) {
  const std::u32string characters = to_characters(name);
  if (characters.empty() || !std::all_of(characters.begin(), characters.end(), is_decimal)) {
    return std::nullopt;
  }
  const integer_text number = read_integer(name);
  if (number.outcome != integer_text::result::read) {
    fail(error_kind::value, "Too many decimal digits in format string");
  }
  return number.number;
}

class formatter {
 public:
  /// format_map has a `mapping` instead of arguments.
  formatter(const arguments& args, const value* mapping, bool escapes)
      : given_(args), mapping_(mapping), escapes_(escapes) {}

  std::string format(std::string_view text, int depth = 2) {
    if (depth == 0) fail(error_kind::value, "Max string recursion exceeded");
    std::string result;
    for (field_reader reader(text); !reader.at_end();) {
      std::string_view plain;
      replacement_field field;
      const bool replaces = reader.next(plain, field);
      make_room(result, plain.size(), given_.context());
      result += plain;
      if (!replaces) continue;
      const std::string replaced = replacement(field, depth);
      make_room(result, replaced.size(), given_.context());
      result += replaced;
    }
    return result;
  }

 private:
  std::string replacement(const replacement_field& field, int depth) {
    const value found = converted(find(field.name), field.conversion);
    const std::string expanded =
        field.has_fields_in_spec ? format(field.spec, depth - 1) : std::string(field.spec);
    if (!escapes_) return format_value(found, expanded, given_.context());
    return escaped(found, expanded);
  }

  std::string escaped(const value& found, std::string_view spec) {
    if (has_html_method(found)) {
      if (!spec.empty()) fail(error_kind::value, "Unsupported format specification for Markup.");
      return std::string(escape(found, given_.context()).as_text());
    }
    std::string result;
    append_escaped(result, format_value(found, spec, given_.context()));
    return result;
  }

  value converted(const value& from, char32_t conversion) {
    render_context& context = given_.context();
    switch (conversion) {
      case '\0':
        return from;
      case 's':
        return text_of(from, context);
      case 'r':
        return repr_of(from, context);
      case 'a':
        return ascii_of(from, context);
      default:
        break;
    }
    std::string shown = "\\x" + integer_digits(conversion, 16);
    if (conversion > ' ' && conversion < 0x7F) shown = static_cast<char>(conversion);
    fail(error_kind::value, "Unknown conversion specifier " + shown);
  }

  /// `0.name[key]`
  value find(std::string_view name) {
    const std::size_t end = std::min(name.find_first_of(".["), name.size());
    value found = first(name.substr(0, end));
    name.remove_prefix(end);
    while (!name.empty()) {
      const char kind = name.front();
      name.remove_prefix(1);
      if (kind == '.') {
        const std::size_t size = std::min(name.find_first_of(".["), name.size());
        if (size == 0) fail(error_kind::value, "Empty attribute in format string");
        found = attribute(found, name.substr(0, size));
        name.remove_prefix(size);
      } else if (kind == '[') {
        const std::size_t size = name.find(']');
        if (size == std::string_view::npos) fail(error_kind::value, "Missing ']' in format string");
        if (size == 0) fail(error_kind::value, "Empty attribute in format string");
        const std::string_view key = name.substr(0, size);
        const auto index = index_of(key);
        found = item_or_fail(found, index ? value(*index) : value(key), given_.context());
        name.remove_prefix(size + 1);
      } else {
        fail(error_kind::value, "Only '.' or '[' may follow ']' in format field specifier");
      }
    }
    return found;
  }

  value first(std::string_view name) {
    const auto index = index_of(name);
    if (name.empty() || index) {
      const bool automatic = name.empty();
      check_numbering(automatic);
      return positional(automatic ? next_++ : *index);
    }
    if (mapping_) return item_or_fail(*mapping_, name, given_.context());
    count_items(given_.keywords().size());
    for (const keyword_argument& keyword : given_.keywords()) {
      if (keyword.name == name) return keyword.argument;
    }
    fail(error_kind::key, repr_of(name, given_.context()));
  }

  void check_numbering(bool automatic) {
    if (!numbered_) numbered_ = automatic;
    if (*numbered_ == automatic) return;
    // Markup's formatter has the same message for both.
    fail(error_kind::value,
         automatic || escapes_
             ? "cannot switch from manual field specification to automatic field numbering"
             : "cannot switch from automatic field numbering to manual field specification");
  }

  value positional(std::int64_t index) {
    if (mapping_ && escapes_) fail(error_kind::index, "tuple index out of range");
    if (mapping_) fail(error_kind::value, "Format string contains positional fields");
    const auto all = given_.positional();
    if (static_cast<std::uint64_t>(index) < all.size()) return all[static_cast<std::size_t>(index)];
    fail(error_kind::index, escapes_ ? "tuple index out of range"
                                     : "Replacement index " + std::to_string(index) +
                                           " out of range for positional args tuple");
  }

  value attribute(const value& owner, std::string_view name) {
    if (owner.is_undefined()) return given_.context().attribute(owner, name);
    const std::optional<value> found = owner.is(value_kind::object)
                                           ? owner.as_object().attribute(name, given_.context())
                                           : method(owner, name);
    if (found) return *found;
    fail(error_kind::attribute, "'" + std::string(type_name(owner)) +
                                    "' object has no attribute '" + std::string(name) + "'");
  }

  const arguments& given_;
  const value* mapping_;
  bool escapes_;
  std::optional<bool> numbered_;  // whether fields are numbered automatically
  std::int64_t next_ = 0;
};

}  // namespace

value text_format(const value& self, const arguments& args) {
  formatter arguments_into(args, nullptr, self.is_markup());
  return make_text_like(self, arguments_into.format(self.as_text()), args.context());
}

value text_format_map(const value& self, const arguments& args) {
  const method_call call(self, args);
  call.take_one("str", "format_map");
  formatter mapped_into(args, &call[0], self.is_markup());
  return make_text_like(self, mapped_into.format(call.self.as_text()), call.context);
}

}  // namespace aldis::templates::detail
