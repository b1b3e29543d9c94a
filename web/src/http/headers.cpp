#include <aldis/web/headers.hpp>

#include "http/headers_access.hpp"
#include "http/text.hpp"

#include <algorithm>
#include <functional>
#include <limits>
#include <stdexcept>

namespace aldis::web {

namespace {

void check_name(std::string_view name) {
  if (!detail::is_token(name)) {
    throw std::invalid_argument("aldis: " + detail::in_quotes(name) +
                                " is not the name of a header: letters, digits and "
                                "!#$%&'*+-.^_`|~ are allowed");
  }
}

void check_value(std::string_view name, std::string_view value) {
  const auto bad = std::find_if(value.begin(), value.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7f;
  });
  if (bad != value.end()) {
    throw std::invalid_argument("aldis: the value " + detail::in_quotes(value) + " of header " +
                                std::string(name) + " has a line end or another control character");
  }
}

[[noreturn]] void throw_too_large() {
  throw std::length_error("aldis: headers of more than 4 GiB");
}

}  // namespace

bool same_without_case(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) {
           return detail::to_lower(x) == detail::to_lower(y);
         });
}

headers::headers(std::initializer_list<field> fields) {
  for (const field& each : fields) add(each.name, each.value);
}

std::optional<std::string_view> headers::find(std::string_view name) const& noexcept {
  for (const field& each : *this) {
    if (same_without_case(each.name, name)) return each.value;
  }
  return std::nullopt;
}

std::string_view headers::operator[](std::string_view name) const& noexcept {
  return find(name).value_or(std::string_view());
}

std::vector<std::string_view> headers::get_all(std::string_view name) const& {
  std::vector<std::string_view> found;
  for (const field& each : *this) {
    if (same_without_case(each.name, name)) found.push_back(each.value);
  }
  return found;
}

void headers::add(std::string_view name, std::string_view value) {
  check_name(name);
  check_value(name, value);
  if (owns(name) || owns(value)) return append(std::string(name), std::string(value));
  append(name, value);
}

void headers::set(std::string_view name, std::string_view value) {
  check_name(name);
  check_value(name, value);
  if (owns(name) || owns(value)) return replace(std::string(name), std::string(value));
  replace(name, value);
}

void headers::replace(std::string_view name, std::string_view value) {
  remove(name);
  append(name, value);
  drop_unused();
}

std::size_t headers::remove(std::string_view name) {
  return std::erase_if(fields_, [&](const field_bounds& each) {
    return same_without_case(std::string_view(text_).substr(each.name, each.name_size), name);
  });
}

void headers::clear() noexcept {
  text_.clear();
  fields_.clear();
}

bool headers::owns(std::string_view text) const noexcept {
  const std::less_equal<const char*> before;
  return before(text_.data(), text.data()) && before(text.data(), text_.data() + text_.size());
}

void headers::append(std::string_view name, std::string_view value) {
  if (name.size() + value.size() > std::numeric_limits<std::uint32_t>::max() - text_.size()) {
    throw_too_large();
  }
  const auto size_of = [](std::size_t size) { return static_cast<std::uint32_t>(size); };
  const std::size_t at = text_.size();
  text_.append(name).append(value);
  fields_.push_back(
      {size_of(at), size_of(name.size()), size_of(at + name.size()), size_of(value.size())});
}

void headers::assign(std::string_view text, std::span<const field> fields) {
  if (text.size() > std::numeric_limits<std::uint32_t>::max()) throw_too_large();
  text_.assign(text);
  fields_.resize(fields.size());
  const auto size_of = [](std::size_t size) { return static_cast<std::uint32_t>(size); };
  const auto offset_of = [&](std::string_view part) {
    return static_cast<std::uint32_t>(part.data() - text.data());
  };
  std::transform(fields.begin(), fields.end(), fields_.begin(), [&](const field& each) {
    return field_bounds{offset_of(each.name), size_of(each.name.size()), offset_of(each.value),
                        size_of(each.value.size())};
  });
}

void headers::drop_unused() {
  std::size_t used = 0;
  for (const field& each : *this) used += each.name.size() + each.value.size();
  if (text_.size() < 2 * used + 256) return;
  headers packed;
  packed.text_.reserve(used);
  for (const field& each : *this) packed.append(each.name, each.value);
  *this = std::move(packed);
}

bool operator==(const headers& a, const headers& b) noexcept {
  return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

}  // namespace aldis::web
