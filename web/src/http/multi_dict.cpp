#include <aldis/web/http_error.hpp>
#include <aldis/web/multi_dict.hpp>

#include "http/text.hpp"

namespace aldis::web {

std::string detail::plain_number(std::string_view text) {
  constexpr std::string_view blanks = " \t\n\v\f\r";
  const auto first = text.find_first_not_of(blanks);
  if (first == text.npos) return {};
  text = text.substr(first, text.find_last_not_of(blanks) - first + 1);
  // std::from_chars accepts no `+`.
  if (text.starts_with('+') && !text.substr(1).starts_with('-')) text.remove_prefix(1);
  std::string plain;
  plain.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool between_digits = text[i] == '_' && i > 0 && i + 1 < text.size() &&
                                is_digit(text[i - 1]) && is_digit(text[i + 1]);
    if (!between_digits) plain += text[i];
  }
  return plain;
}

const std::string& multi_dict::operator[](std::string_view name) const& {
  for (const item& each : items_) {
    if (each.first == name) return each.second;
  }
  throw http_error(400, "The request has no " + detail::in_quotes(name) + ".");
}

std::optional<std::string_view> multi_dict::find(std::string_view name) const& noexcept {
  for (const item& each : items_) {
    if (each.first == name) return each.second;
  }
  return std::nullopt;
}

std::string multi_dict::get(std::string_view name, std::string otherwise) const {
  const auto found = find(name);
  return found ? std::string(*found) : std::move(otherwise);
}

std::vector<std::string_view> multi_dict::get_all(std::string_view name) const& {
  std::vector<std::string_view> found;
  for (const item& each : items_) {
    if (each.first == name) found.push_back(each.second);
  }
  return found;
}

void multi_dict::set(std::string_view name, std::string value) {
  std::string key(name);
  remove(key);
  add(std::move(key), std::move(value));
}

std::size_t multi_dict::remove(std::string_view name) {
  return std::erase_if(items_, [&](const item& each) { return each.first == name; });
}

}  // namespace aldis::web
