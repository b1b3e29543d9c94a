#include <aldis/web/session.hpp>
#include <aldis/web/signals.hpp>

#include "app/app_state.hpp"
#include "app/context.hpp"
#include "http/cookies.hpp"
#include "http/vary.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <utility>

namespace aldis::web {

namespace {

constexpr std::string_view flashes_key = "_flashes";
constexpr std::string_view permanent_key = "_permanent";

std::int64_t seconds_now() {
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now())
      .time_since_epoch()
      .count();
}

}  // namespace

session_values::item session_values::operator[](std::string_view key) { return {*this, key}; }

value session_values::get(std::string_view key) const {
  const value* const found = all().find(key);
  return found ? *found : value();
}

bool session_values::contains(std::string_view key) const { return all().contains(key); }

void session_values::set(std::string_view key, value to) {
  modify();
  values_[key] = std::move(to);
}

std::optional<value> session_values::pop(std::string_view key) {
  const value* const found = all().find(key);
  if (!found) return std::nullopt;
  value result = *found;
  modify();
  values_.erase(value(key));
  return result;
}

void session_values::clear() {
  modify();
  values_.clear();
}

bool session_values::empty() const { return all().empty(); }
std::size_t session_values::size() const { return all().size(); }

const dict& session_values::all() const {
  accessed_ = true;
  return values_;
}

bool session_values::is_permanent() const {
  const value* const found = all().find(permanent_key);
  return found && found->is(templates::value_kind::boolean) && found->as_boolean();
}

void session_values::set_permanent(bool permanent) { set(permanent_key, permanent); }

void session_values::modify() {
  if (!forbidden_.empty()) throw std::runtime_error(forbidden_);
  accessed_ = modified_ = true;
}

session_interface::~session_interface() = default;

cookie_sessions::cookie_sessions(clock now) : now_(now ? std::move(now) : &seconds_now) {}

session_values cookie_sessions::open(app& app, const request& from) {
  const detail::session_settings& settings = detail::app_state::of(app).settings.session;
  if (settings.secrets.empty()) {
    session_values none;
    none.forbid_writing(
        "aldis: the session cannot be written: the setting SECRET_KEY is missing; it signs the "
        "session's cookie, and should be long and random");
    return none;
  }
  const auto cookie = from.cookies().find(settings.cookie_name);
  if (!cookie) return session_values();
  auto values = read_session(*cookie, settings.secrets, now_(), settings.lifetime);
  return values ? session_values(std::move(*values), false) : session_values();
}

void cookie_sessions::save(app& app, session_values& session, response& to) {
  const detail::session_settings& settings = detail::app_state::of(app).settings.session;
  if (settings.secrets.empty()) return;
  if (session.is_accessed()) detail::add_vary(to, "Cookie");
  cookie_options cookie = settings.cookie;
  const bool refresh = session.is_permanent() && settings.refresh;
  if (!session.is_modified() && !refresh) return;
  detail::add_vary(to, "Cookie");
  if (session.empty()) return to.delete_cookie(settings.cookie_name, cookie);
  const std::int64_t now = now_();
  if (session.is_permanent()) {
    constexpr std::int64_t latest = std::numeric_limits<std::int64_t>::max();
    const bool fits = settings.lifetime <= latest - std::max<std::int64_t>(now, 0);
    cookie.expires = detail::time_at(fits ? now + settings.lifetime : latest);
  }
  const std::string text = sign_session(session.all(), settings.secrets.front(), now);
  if (text.size() > settings.max_cookie_size) {
    detail::app_state::of(app).logger.warning("the session's cookie has " +
                                              std::to_string(text.size()) +
                                              " bytes: browsers may not keep it");
  }
  to.set_cookie(settings.cookie_name, text, cookie);
}

session_values& session() {
  session_values& values = detail::required_request("session()").session();
  // The response may depend on the session as soon as somebody has a reference to it.
  static_cast<void>(values.all());
  return values;
}

// Flash.

void flash(const value& message, const std::string& category) {
  session_values& values = session();
  const value before = values.get(flashes_key);
  list flashes = before.is(templates::value_kind::list) ? before.as_list() : list();
  flashes.push_back(tuple{{value(category), message}});
  values.set(flashes_key, value(std::move(flashes)));
  message_flashed.send(current_app(), message, category);
}

std::vector<flashed_message> get_flashed_messages(const std::vector<std::string>& categories) {
  detail::context& now = detail::required_request("get_flashed_messages()");
  if (!now.flashed) {
    now.flashed.emplace();
    if (const auto flashes = session().pop(flashes_key);
        flashes && flashes->is(templates::value_kind::list)) {
      for (const value& each : flashes->as_list()) {
        const bool pair =
            (each.is(templates::value_kind::tuple) || each.is(templates::value_kind::list)) &&
            each.as_items().size() == 2 && each.as_items()[0].is_text();
        if (!pair) continue;
        now.flashed->push_back({std::string(each.as_items()[0].as_text()), each.as_items()[1]});
      }
    }
  }
  std::vector<flashed_message> found;
  for (const flashed_message& each : *now.flashed) {
    if (categories.empty() ||
        std::find(categories.begin(), categories.end(), each.category) != categories.end()) {
      found.push_back(each);
    }
  }
  return found;
}

}  // namespace aldis::web
