#include <aldis/web/config.hpp>

#include "http/text.hpp"
#include "json/json_text.hpp"
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>

namespace aldis::web {

bad_setting::~bad_setting() = default;

namespace {

bool is_setting_name(std::string_view name) noexcept {
  return !name.empty() && !detail::is_digit(name.front()) &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'A' && c <= 'Z') || detail::is_digit(c) || c == '_';
         });
}

}  // namespace

config::config()
    : settings_{
          {"APPLICATION_ROOT", "/"},
          {"DEBUG", false},
          {"MAX_CONTENT_LENGTH", nullptr},
          {"MAX_COOKIE_SIZE", 4093},
          {"MAX_FORM_MEMORY_SIZE", 500'000},
          {"MAX_FORM_PARTS", 1'000},
          {"MAX_JSON_MEMORY", nullptr},
          {"PERMANENT_SESSION_LIFETIME", 31 * 24 * 3600},
          {"PREFERRED_URL_SCHEME", "http"},
          {"PROPAGATE_EXCEPTIONS", nullptr},
          {"SECRET_KEY", nullptr},
          {"SECRET_KEY_FALLBACKS", nullptr},
          {"SERVER_NAME", nullptr},
          {"SESSION_COOKIE_DOMAIN", nullptr},
          {"SESSION_COOKIE_HTTPONLY", true},
          {"SESSION_COOKIE_NAME", "session"},
          {"SESSION_COOKIE_PARTITIONED", false},
          {"SESSION_COOKIE_PATH", nullptr},
          {"SESSION_COOKIE_SAMESITE", nullptr},
          {"SESSION_COOKIE_SECURE", false},
          {"SESSION_REFRESH_EACH_REQUEST", true},
          {"TEMPLATES_AUTO_RELOAD", nullptr},
          {"TESTING", false},
          {"TRAP_HTTP_EXCEPTIONS", false},
      } {}

value& config::operator[](std::string_view name) {
  if (!is_setting_name(name)) {
    throw bad_setting("aldis: " + detail::in_quotes(name) +
                      " is not the name of a setting: upper case, digits and _ are allowed");
  }
  return settings_[name];
}

const value& config::required(std::string_view name) const {
  if (const value* const found = find(name)) return *found;
  throw bad_setting("aldis: there is no setting " + detail::in_quotes(name));
}

bool config::flag(const value& setting) {
  if (setting.is_integral() && (setting.as_integer() == 0 || setting.as_integer() == 1)) {
    return setting.as_integer() == 1;
  }
  throw templates::conversion_failure("bool, 0 or 1", setting);
}

void config::throw_other_type(std::string_view name, std::string_view why) {
  throw bad_setting("aldis: the setting " + detail::in_quotes(name) + ": " + std::string(why));
}

void config::from_mapping(const dict& settings) {
  for (const dict::entry& each : settings) {
    if (each.key.is_text() && is_setting_name(each.key.as_text())) {
      settings_[each.key] = each.mapped;
    }
  }
}

void config::from_json_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  if (!file)
    throw bad_setting("aldis: the settings in " + detail::in_quotes(path) + " cannot be read");
  const std::optional<value> parsed = detail::from_json(text);
  if (!parsed || !parsed->is(templates::value_kind::dict)) {
    throw bad_setting("aldis: the settings in " + detail::in_quotes(path) +
                      " are not an object of JSON");
  }
  from_mapping(parsed->as_dict());
}

void config::from_prefixed_environment(std::string_view prefix) {
  const std::string begin = std::string(prefix) + "_";
  // Sorted, so that entries of a dict come after the dict itself.
  std::vector<std::string> found;
  for (char** each = environ; *each; ++each) {
    if (std::string_view(*each).starts_with(begin)) found.emplace_back(*each);
  }
  std::sort(found.begin(), found.end());
  for (const std::string& each : found) {
    const auto [full_name, text] = detail::split_once(each, '=');
    std::string_view name = full_name.substr(begin.size());
    const std::optional<value> parsed = detail::from_json(text);
    value setting = parsed ? *parsed : value(text);
    auto end = name.find("__");
    const std::string_view top = name.substr(0, end);
    if (!is_setting_name(top)) continue;
    value* place = &settings_[top];
    while (end != name.npos) {
      name.remove_prefix(end + 2);
      end = name.find("__");
      if (!place->is(templates::value_kind::dict)) *place = value(dict());
      place = &place->as_dict()[name.substr(0, end)];
    }
    *place = std::move(setting);
  }
}

void config::from_environment_variable(const std::string& name) {
  const char* const path = std::getenv(name.c_str());
  if (!path || !*path) {
    throw bad_setting("aldis: the variable " + detail::in_quotes(name) +
                      " should name the file with the settings, and is not set");
  }
  from_json_file(path);
}

dict config::get_namespace(std::string_view prefix) const {
  dict found;
  for (const dict::entry& each : settings_) {
    if (each.key.as_text().starts_with(prefix)) {
      found[detail::lower(each.key.as_text().substr(prefix.size()))] = each.mapped;
    }
  }
  return found;
}

}  // namespace aldis::web
