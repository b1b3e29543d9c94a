#include "converter.hpp"

#include "http/text.hpp"
#include "http/url.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

namespace aldis::web::detail {

namespace {

constexpr std::string_view unescaped_in_paths = "!$&'()*+,/:;=@";

struct kind_name {
  std::string_view name;
  converter::kind kind;
};
constexpr std::array kinds = std::to_array<kind_name>({
    {"string", converter::kind::string},
    {"default", converter::kind::string},
    {"int", converter::kind::integer},
    {"float", converter::kind::floating},
    {"path", converter::kind::path},
    {"any", converter::kind::any},
    {"uuid", converter::kind::uuid},
});

template <class Number>
std::optional<Number> read(std::string_view text) noexcept {
  Number number{};
  const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
  if (result.ec != std::errc() || result.ptr != text.data() + text.size()) return std::nullopt;
  return number;
}

bool all_digits(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

std::size_t characters(std::string_view text) noexcept {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

std::string float_text(double number) {
  std::array<char, 32> room{};
  const auto end = std::to_chars(room.data(), room.data() + room.size(), number).ptr;
  std::string text(room.data(), end);
  if (text.find_first_not_of("-0123456789") == text.npos) text += ".0";
  return text;
}

/// Parses items and `name=value` pairs, separated by commas; values may be in quotes.
std::vector<std::pair<std::string, std::string>> read_arguments(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> found;
  const auto unquoted = [](std::string_view value) {
    value = trimmed(value);
    if (value.size() > 1 && value.front() == value.back() &&
        (value.front() == '\'' || value.front() == '"')) {
      value = value.substr(1, value.size() - 2);
    }
    return std::string(value);
  };
  while (!trimmed(text).empty()) {
    const auto [argument, rest] = split_once(text, ',');
    text = rest;
    const auto [name, value] = split_once(argument, '=');
    if (argument.find('=') == argument.npos) {
      found.emplace_back("", unquoted(argument));
    } else {
      found.emplace_back(trimmed(name), unquoted(value));
    }
  }
  return found;
}

[[noreturn]] void bad_argument(std::string_view converter, std::string_view argument,
                               std::string_view allowed) {
  throw bad_route("the converter " + std::string(converter) + " has no argument " +
                  in_quotes(argument) + "; it takes " + std::string(allowed));
}

std::size_t length_argument(std::string_view name, std::string_view value) {
  const auto length = read<std::size_t>(value);
  if (!length) {
    throw bad_route("the argument " + std::string(name) + " is a number, not " + in_quotes(value));
  }
  return *length;
}

double number_argument(std::string_view name, std::string_view value) {
  const auto number = read<double>(value);
  if (!number) {
    throw bad_route("the argument " + std::string(name) + " is a number, not " + in_quotes(value));
  }
  return *number;
}

}  // namespace

converter::converter(std::string_view name, std::string_view arguments) {
  const auto known = std::find_if(kinds.begin(), kinds.end(),
                                  [&](const kind_name& each) { return each.name == name; });
  if (known == kinds.end()) {
    throw bad_route("there is no converter " + in_quotes(name) +
                    "; there are string, int, float, path, any and uuid");
  }
  kind_ = known->kind;
  for (const auto& [argument, value] : read_arguments(arguments)) read_argument(argument, value);
  if (kind_ == kind::any && items_.empty()) {
    throw bad_route("the converter any needs the texts it takes, as any(cat, dog)");
  }
  text_ = shape();
}

std::string converter::shape() const {
  std::string text(name());
  if (signed_) text += " signed";
  if (kind_ == kind::string) {
    text +=
        " " + std::to_string(min_length_) + "-" + (max_length_ ? std::to_string(*max_length_) : "");
  }
  for (const std::string& item : items_) text += " " + in_quotes(item);
  return text;
}

void converter::read_argument(std::string_view name, std::string_view value) {
  switch (kind_) {
    case kind::any:
      if (!name.empty()) bad_argument("any", name, "texts");
      items_.emplace_back(value);
      return;
    case kind::string:
      if (name == "length") {
        min_length_ = length_argument(name, value);
        max_length_ = min_length_;
      } else if (name == "minlength") {
        min_length_ = length_argument(name, value);
      } else if (name == "maxlength") {
        max_length_ = length_argument(name, value);
      } else {
        bad_argument("string", name.empty() ? value : name, "length, minlength and maxlength");
      }
      return;
    case kind::integer:
    case kind::floating:
      if (name == "min") {
        min_ = number_argument(name, value);
      } else if (name == "max") {
        max_ = number_argument(name, value);
      } else if (name == "signed") {
        signed_ = value == "True" || value == "true";
      } else if (name == "fixed_digits" && kind_ == kind::integer) {
        fixed_digits_ = length_argument(name, value);
      } else {
        bad_argument(
            this->name(), name.empty() ? value : name,
            kind_ == kind::integer ? "min, max, signed and fixed_digits" : "min, max and signed");
      }
      return;
    case kind::path:
    case kind::uuid:
      bad_argument(this->name(), name.empty() ? value : name, "none");
  }
}

int converter::weight() const noexcept {
  switch (kind_) {
    case kind::integer:
    case kind::floating:
      return 50;
    case kind::path:
      return 200;
    default:
      return 100;
  }
}

parameter converter::produces() const noexcept {
  switch (kind_) {
    case kind::integer:
      return parameter::integer;
    case kind::floating:
      return parameter::floating;
    case kind::uuid:
      return parameter::uuid;
    default:
      return parameter::text;
  }
}

std::string_view converter::name() const noexcept {
  return std::find_if(kinds.begin(), kinds.end(),
                      [&](const kind_name& each) { return each.kind == kind_; })
      ->name;
}

bool converter::matches(std::string_view text) const noexcept {
  if (kind_ == kind::path) return !text.empty() && text.front() != '/';
  if (kind_ == kind::any) return std::find(items_.begin(), items_.end(), text) != items_.end();
  if (text.find('/') != text.npos) return false;
  if (kind_ == kind::uuid) return text.size() == 36 && uuid::from_text(text).has_value();
  if (kind_ == kind::string) {
    if (!is_bounded()) return text.size() >= min_length_;
    const std::size_t length = characters(text);
    return length >= min_length_ && (!max_length_ || length <= *max_length_);
  }
  if (signed_ && text.starts_with('-')) text.remove_prefix(1);
  if (kind_ == kind::integer) return all_digits(text);
  const auto [whole, fraction] = split_once(text, '.');
  return all_digits(whole) && all_digits(fraction);
}

std::optional<path_value> converter::value(std::string_view text) const {
  const auto in_range = [&](double number) {
    return (!min_ || number >= *min_) && (!max_ || number <= *max_);
  };
  switch (kind_) {
    case kind::integer: {
      if (fixed_digits_ != 0 && text.size() != fixed_digits_) return std::nullopt;
      const auto number = read<std::int64_t>(text);
      if (!number || !in_range(static_cast<double>(*number))) return std::nullopt;
      return *number;
    }
    case kind::floating: {
      const auto number = read<double>(text);
      if (!number || !in_range(*number)) return std::nullopt;
      return *number;
    }
    case kind::uuid: {
      const auto id = uuid::from_text(text);
      if (!id) return std::nullopt;
      return *id;
    }
    default:
      return std::string(text);
  }
}

std::optional<std::string> url_text(const url_value& value) {
  struct {
    std::optional<std::string> operator()(std::nullptr_t) const { return std::nullopt; }
    std::optional<std::string> operator()(std::int64_t number) const {
      return std::to_string(number);
    }
    std::optional<std::string> operator()(double number) const { return float_text(number); }
    std::optional<std::string> operator()(const std::string& text) const { return text; }
    std::optional<std::string> operator()(const uuid& id) const { return id.text(); }
    std::optional<std::string> operator()(const std::vector<std::string>&) const {
      return std::nullopt;
    }
  } const text;
  return std::visit(text, value);
}

url_value as_url_value(const path_value& value) {
  return std::visit([](const auto& one) { return url_value(one); }, value);
}

std::string converter::to_url(const url_value& value) const {
  const std::optional<std::string> text = url_text(value);
  if (!text) throw bad_url("is not one value");
  if (kind_ == kind::integer) {
    std::optional<std::int64_t> number = read<std::int64_t>(*text);
    if (const auto* floating = std::get_if<double>(&value)) {
      // Written so that NaN is rejected too.
      if (!(*floating >= -0x1p63 && *floating < 0x1p63)) {
        throw bad_url("is " + in_quotes(*text) + ", not an integer of 64 bits");
      }
      number = static_cast<std::int64_t>(*floating);
    }
    if (!number) throw bad_url("is " + in_quotes(*text) + ", not an integer");
    std::string digits = std::to_string(*number);
    const std::size_t sign = *number < 0 ? 1 : 0;
    while (digits.size() < fixed_digits_) digits.insert(sign, 1, '0');
    return digits;
  }
  if (kind_ == kind::floating) {
    const std::optional<double> number = read<double>(*text);
    if (!number) throw bad_url("is " + in_quotes(*text) + ", not a number");
    return float_text(*number);
  }
  if (kind_ == kind::any && std::find(items_.begin(), items_.end(), *text) == items_.end()) {
    std::string allowed;
    for (const std::string& item : items_) {
      allowed += (allowed.empty() ? "" : ", ") + in_quotes(item);
    }
    throw bad_url("is " + in_quotes(*text) + ", not one of " + allowed);
  }
  if (kind_ == kind::uuid && !uuid::from_text(*text)) {
    throw bad_url("is " + in_quotes(*text) + ", not a uuid");
  }
  return escape(*text, unescaped_in_paths);
}

}  // namespace aldis::web::detail
