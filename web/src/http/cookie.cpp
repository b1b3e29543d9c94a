#include <aldis/web/cookie.hpp>

#include "http/cookies.hpp"
#include "http/text.hpp"
#include "http/utf8.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>

namespace aldis::web {

namespace {

// std::chrono::system_clock cannot represent other years.
constexpr int first_year = 1678;
constexpr int last_year = 2261;

constexpr std::array<std::string_view, 7> days{"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
constexpr std::array<std::string_view, 7> long_days{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                    "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::string two_digits(unsigned number) {
  std::string text = std::to_string(number);
  return text.size() < 2 ? "0" + text : text;
}

/// Whether the value of a cookie needs no quotes.
bool is_plain(std::string_view value) noexcept {
  constexpr std::string_view others = "_!#$%&'()*+-./:<=>?@[]^`{|}~";
  return std::all_of(value.begin(), value.end(), [&](char c) {
    return detail::is_letter(c) || detail::is_digit(c) || others.find(c) != others.npos;
  });
}

std::string quoted_value(std::string_view value) {
  std::string result = "\"";
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      result += {'\\', c};
    } else if (byte < 0x20 || byte >= 0x7f || c == ',' || c == ';') {
      const auto digit = [&](unsigned shift) {
        return static_cast<char>('0' + (byte >> shift & 7));
      };
      result += {'\\', digit(6), digit(3), digit(0)};
    } else {
      result += c;
    }
  }
  return result += '"';
}

void check_attribute(std::string_view what, std::string_view value) {
  const bool bad = std::any_of(value.begin(), value.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return c == ';' || byte < 0x20 || byte >= 0x7f;
  });
  if (bad) {
    throw std::invalid_argument("aldis: the " + std::string(what) + " of a cookie cannot be " +
                                detail::in_quotes(value) +
                                ": it may have escape_control ASCII without ';'");
  }
}

std::optional<int> number_in(std::string_view text) noexcept {
  if (text.empty() || !std::all_of(text.begin(), text.end(), detail::is_digit)) return std::nullopt;
  int number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc()) return std::nullopt;
  return number;
}

/// The parts of a date, as text.
struct date_parts {
  std::string_view year;
  std::string_view month;
  std::string_view day;
  std::string_view time;
};

/// `Wed, 21 Oct 2015 07:28:00 GMT`, the format that every sender must use.
std::optional<date_parts> parts_of_imf(std::string_view text) noexcept {
  if (text.size() != 29 || text.substr(25) != " GMT" || text.substr(3, 2) != ", " ||
      text[7] != ' ' || text[11] != ' ' || text[16] != ' ') {
    return std::nullopt;
  }
  return date_parts{text.substr(12, 4), text.substr(8, 3), text.substr(5, 2), text.substr(17, 8)};
}

/// `Wednesday, 21-Oct-15 07:28:00 GMT`
std::optional<date_parts> parts_of_rfc850(std::string_view text) noexcept {
  const auto day = std::find_if(long_days.begin(), long_days.end(),
                                [&](std::string_view each) { return text.starts_with(each); });
  if (day == long_days.end()) return std::nullopt;
  text.remove_prefix(day->size());
  if (text.size() != 24 || text.substr(0, 2) != ", " || text[4] != '-' || text[8] != '-' ||
      text[11] != ' ' || text.substr(20) != " GMT") {
    return std::nullopt;
  }
  return date_parts{text.substr(9, 2), text.substr(5, 3), text.substr(2, 2), text.substr(12, 8)};
}

/// `Wed Oct 21 07:28:00 2015`; a day of one digit has a blank before it.
std::optional<date_parts> parts_of_asctime(std::string_view text) noexcept {
  if (text.size() != 24 || text[3] != ' ' || text[7] != ' ' || text[10] != ' ' || text[19] != ' ' ||
      std::find(web::days.begin(), web::days.end(), text.substr(0, 3)) == web::days.end()) {
    return std::nullopt;
  }
  const std::size_t day = text[8] == ' ' ? 9 : 8;
  return date_parts{text.substr(20), text.substr(4, 3), text.substr(day, 10 - day),
                    text.substr(11, 8)};
}

}  // namespace

std::string http_date(std::chrono::system_clock::time_point when) {
  using namespace std::chrono;
  const auto day = floor<std::chrono::days>(when);
  const year_month_day date(day);
  const auto seconds = static_cast<unsigned>(floor<std::chrono::seconds>(when - day).count());
  const long since = day.time_since_epoch().count();
  const auto day_of_week = static_cast<std::size_t>((since % 7 + 7) % 7);
  std::string year = std::to_string(static_cast<int>(date.year()));
  if (year.size() < 4) year.insert(0, 4 - year.size(), '0');
  std::string text(web::days[day_of_week]);
  text += ", " + two_digits(static_cast<unsigned>(date.day())) + " ";
  text += months[static_cast<unsigned>(date.month()) - 1];
  return text += " " + year + " " + two_digits(seconds / 3600) + ":" +
                 two_digits(seconds / 60 % 60) + ":" + two_digits(seconds % 60) + " GMT";
}

std::optional<std::chrono::system_clock::time_point> from_http_date(
    std::string_view text) noexcept {
  return detail::from_http_date_at(text, std::chrono::system_clock::now());
}

std::string set_cookie_value(std::string_view name, std::string_view value,
                             const cookie_options& options) {
  if (!detail::is_token(name)) {
    throw std::invalid_argument("aldis: " + detail::in_quotes(name) +
                                " is not the name of a cookie: letters, digits and "
                                "!#$%&'*+-.^_`|~ are allowed");
  }
  check_attribute("domain", options.domain);
  check_attribute("path", options.path);
  std::string text(name);
  text += '=';
  text += is_plain(value) ? std::string(value) : quoted_value(value);
  if (!options.domain.empty()) text += "; Domain=" + options.domain;
  if (options.expires) text += "; Expires=" + http_date(*options.expires);
  if (options.max_age) text += "; Max-Age=" + std::to_string(options.max_age->count());
  if (options.secure) text += "; Secure";
  if (options.http_only) text += "; HttpOnly";
  if (!options.path.empty()) text += "; Path=" + options.path;
  switch (options.same_site) {
    case same_site::strict:
      text += "; SameSite=Strict";
      break;
    case same_site::lax:
      text += "; SameSite=Lax";
      break;
    case same_site::none:
      text += "; SameSite=None";
      break;
    case same_site::unset:
      break;
  }
  if (options.partitioned) text += "; Partitioned";
  return text;
}

namespace detail {

std::chrono::system_clock::time_point time_at(std::int64_t seconds) noexcept {
  using namespace std::chrono;
  constexpr sys_seconds first = sys_days(year(first_year) / January / 1);
  constexpr sys_seconds last = sys_days(year(last_year) / December / 31) + hours(23) + minutes(59) +
                               std::chrono::seconds(59);
  return std::clamp(sys_seconds(std::chrono::seconds(seconds)), first, last);
}

std::optional<std::chrono::system_clock::time_point> from_http_date_at(
    std::string_view text, std::chrono::system_clock::time_point now) noexcept {
  using namespace std::chrono;
  std::optional<date_parts> parts = parts_of_imf(text);
  if (!parts) parts = parts_of_rfc850(text);
  if (!parts) parts = parts_of_asctime(text);
  if (!parts || parts->time[2] != ':' || parts->time[5] != ':') return std::nullopt;
  const auto month = std::find(months.begin(), months.end(), parts->month);
  const auto day = number_in(parts->day);
  auto year = number_in(parts->year);
  const auto hour = number_in(parts->time.substr(0, 2));
  const auto minute = number_in(parts->time.substr(3, 2));
  const auto second = number_in(parts->time.substr(6, 2));
  if (month == months.end() || !day || !year || !hour || !minute || !second) return std::nullopt;
  if (parts->year.size() == 2) {
    // A year more than fifty years ahead is one of the last century (RFC 9110, 5.6.7).
    const int this_year(year_month_day(floor<std::chrono::days>(now)).year());
    *year += this_year / 100 * 100;
    if (*year > this_year + 50) *year -= 100;
  }
  const year_month_day date(std::chrono::year(*year),
                            std::chrono::month(static_cast<unsigned>(month - months.begin()) + 1),
                            std::chrono::day(static_cast<unsigned>(*day)));
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  if (*year < first_year || *year > last_year) return std::nullopt;
  return sys_days(date) + hours(*hour) + minutes(*minute) + seconds(*second);
}

std::string unquote_cookie(std::string_view value) {
  if (value.size() < 2 || value.front() != '"' || value.back() != '"') return std::string(value);
  value = value.substr(1, value.size() - 2);
  std::string result;
  const auto is_octal = [&](std::size_t at) { return value[at] >= '0' && value[at] <= '7'; };
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] != '\\' || i + 1 == value.size()) {
      result += value[i];
    } else if (i + 3 < value.size() && value[i + 1] <= '3' && is_octal(i + 1) && is_octal(i + 2) &&
               is_octal(i + 3)) {
      result += static_cast<char>((value[i + 1] - '0') * 64 + (value[i + 2] - '0') * 8 +
                                  (value[i + 3] - '0'));
      i += 3;
    } else {
      result += value[++i];
    }
  }
  return result;
}

namespace {

/// The size of a quoted value at the beginning, including the quotes. 0 if there is none, or if
/// something other than blanks follows before the next `;`.
std::size_t quoted_size(std::string_view text) noexcept {
  if (!text.starts_with('"')) return 0;
  std::size_t i = 1;
  while (i < text.size() && text[i] != '"') i += text[i] == '\\' ? 2U : 1U;
  if (i >= text.size()) return 0;
  const auto next = text.find_first_not_of(" \t", i + 1);
  return next == text.npos || text[next] == ';' ? i + 1 : 0;
}

}  // namespace

void parse_cookies(std::string_view header, multi_dict& into) {
  while (!header.empty()) {
    const auto end = std::min(header.find_first_of("=;"), header.size());
    const std::string_view key = trimmed(header.substr(0, end));
    header.remove_prefix(end);
    std::string_view value;
    if (header.starts_with('=')) {
      header.remove_prefix(1);
      header.remove_prefix(std::min(header.find_first_not_of(" \t"), header.size()));
      // A `;` in quotes is part of the value.
      const std::size_t quoted = quoted_size(header);
      value = header.substr(0, quoted > 0 ? quoted : header.find(';'));
      header.remove_prefix(value.size());
    }
    header.remove_prefix(std::min(header.find(';'), header.size()));
    if (!header.empty()) header.remove_prefix(1);
    if (key.empty()) continue;
    into.add(as_utf8(std::string(key)), as_utf8(unquote_cookie(trimmed(value))));
  }
}

}  // namespace detail

}  // namespace aldis::web
