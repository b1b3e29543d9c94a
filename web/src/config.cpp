#include <aldis/web/config.hpp>

#include "text.hpp"

#include <algorithm>

namespace aldis::web {

bad_setting::~bad_setting() = default;

config::config() {
  settings_ = {
      {"APPLICATION_ROOT", "/"},
      {"DEBUG", false},
      {"PREFERRED_URL_SCHEME", "http"},
      {"PROPAGATE_EXCEPTIONS", nullptr},
      {"SECRET_KEY", nullptr},
      {"SERVER_NAME", nullptr},
      {"TESTING", false},
      {"TRAP_HTTP_EXCEPTIONS", false},
  };
}

setting& config::operator[](std::string_view name) {
  const auto found = settings_.find(name);
  if (found != settings_.end()) return found->second;
  const bool upper = !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'A' && c <= 'Z') || detail::is_digit(c) || c == '_';
  });
  if (!upper) {
    throw bad_setting("aldis: " + detail::quoted(name) +
                      " is not the name of a setting: upper case, digits and _ are allowed");
  }
  return settings_[std::string(name)];
}

const setting* config::find(std::string_view name) const noexcept {
  const auto found = settings_.find(name);
  return found == settings_.end() ? nullptr : &found->second;
}

std::vector<std::string> config::names() const {
  std::vector<std::string> names;
  for (const auto& [name, value] : settings_) names.push_back(name);
  return names;
}

const setting& config::required(std::string_view name) const {
  if (const setting* const found = find(name)) return *found;
  throw bad_setting("aldis: there is no setting " + detail::quoted(name));
}

void config::throw_other_type(std::string_view name) {
  throw bad_setting("aldis: the setting " + detail::quoted(name) +
                    " is of another type than it is asked for");
}

}  // namespace aldis::web
