#include <aldis/templates/chat.hpp>
#include <aldis/templates/error.hpp>

#include "bind_arguments.hpp"
#include "filters/json.hpp"
#include "python_operations.hpp"
#include "render/render.hpp"

#include <array>
#include <ctime>
#include <utility>

namespace aldis::templates {

namespace {

/// Collects the spans of generations; null unless render_chat() runs.
thread_local std::vector<text_span>* tracked = nullptr;

class tracking {
 public:
  explicit tracking(std::vector<text_span>& into) noexcept
      : before_(std::exchange(tracked, &into)) {}
  tracking(const tracking&) = delete;
  tracking& operator=(const tracking&) = delete;
  ~tracking() { tracked = before_; }

 private:
  std::vector<text_span>* before_;
};

value generation(render_context& context, const tag_body& body) {
  value text = body.render();
  if (tracked) {
    const std::size_t begin = detail::render::of(context).position();
    context.count_memory(sizeof(text_span));
    tracked->push_back({begin, begin + text.as_text().size()});
  }
  return text;
}

value to_json(const arguments& args) {
  const auto [of, ensure_ascii, indent, separators, sort_keys] = detail::bind_arguments<5>(
      args, "tojson", {"x", "ensure_ascii", "indent", "separators", "sort_keys"}, 1);
  detail::json_options options{.indent = indent,
                               .sort_keys = sort_keys && detail::truth(*sort_keys),
                               .ensure_ascii = ensure_ascii && detail::truth(*ensure_ascii)};
  list both;
  if (separators && !separators->is_none()) {
    both = detail::items_of(*separators, args.context());
    if (both.size() != 2 || !both[0].is_text() || !both[1].is_text()) {
      fail(error_kind::type, "tojson: separators are two texts, (',', ':')");
    }
    options.separators = {both[0].as_text(), both[1].as_text()};
  }
  return detail::json_text(*of, args.context(), options);
}

void raise_exception(render_context& context, const value& message) {
  fail(error_kind::raised, detail::text_of(message, context));
}

std::chrono::local_seconds system_now() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  return std::chrono::local_seconds(std::chrono::seconds(now + local.tm_gmtoff));
}

std::tm calendar_of(std::chrono::local_seconds when) {
  const auto day = std::chrono::floor<std::chrono::days>(when);
  const std::chrono::year_month_day date(day);
  const auto first = std::chrono::local_days(date.year() / std::chrono::January / 1);
  const auto seconds = static_cast<int>((when - day).count());
  std::tm result{};
  result.tm_year = static_cast<int>(date.year()) - 1900;
  result.tm_mon = static_cast<int>(static_cast<unsigned>(date.month())) - 1;
  result.tm_mday = static_cast<int>(static_cast<unsigned>(date.day()));
  result.tm_hour = seconds / 3600;
  result.tm_min = seconds / 60 % 60;
  result.tm_sec = seconds % 60;
  result.tm_wday = static_cast<int>(std::chrono::weekday(day).c_encoding());
  result.tm_yday = static_cast<int>((day - first).count());
  return result;
}

/// datetime.strftime for a time without a zone.
std::string format_time(std::string_view format, const std::tm& when, render_context& context) {
  context.count_memory(format.size());
  std::string result;
  for (std::size_t offset = 0; offset < format.size();) {
    if (format[offset] != '%' || offset + 1 == format.size()) {
      result.push_back(format[offset++]);
      continue;
    }
    std::size_t end = offset + 1;
    // Flags of the C library: %-d is a day without a leading zero.
    while (end + 1 < format.size() &&
           std::string_view("-_0^#").find(format[end]) != std::string_view::npos) {
      ++end;
    }
    ++end;
    const std::string one(format.substr(offset, end - offset));
    offset = end;
    if (one.back() == 'z' || one.back() == 'Z') continue;
    if (one.back() == 'f') {
      result += "000000";
      continue;
    }
    std::array<char, 256> written{};
    // NOLINTNEXTLINE(clang-diagnostic-format-nonliteral): the format comes from the template
    const std::size_t size = std::strftime(written.data(), written.size(), one.c_str(), &when);
    context.count_memory(size);
    result.append(written.data(), size);
  }
  return result;
}

environment_options as_transformers(environment_options options) {
  options.trim_blocks = true;
  options.lstrip_blocks = true;
  options.loop_controls = true;
  return options;
}

}  // namespace

chat_environment::chat_environment(chat_options options)
    : environment(as_transformers(std::move(options.environment))) {
  filters["tojson"] = make_function("tojson", to_json);
  globals["raise_exception"] = named_parameters({"message"}, raise_exception);
  globals["strftime_now"] =
      named_parameters({"format"}, [now = options.now ? std::move(options.now) : system_now](
                                       render_context& context, std::string_view format) {
        return format_time(format, calendar_of(now()), context);
      });
  add_tag("generation", &generation, {.end = "endgeneration"});
}

chat_text render_chat(const compiled_template& chat, const dict& variables) {
  chat_text result;
  const tracking now(result.assistant);
  result.text = chat.render(variables);
  return result;
}

}  // namespace aldis::templates
