#include "case.hpp"

#include <aldis/templates/chat.hpp>
#include <aldis/templates/environment.hpp>
#include <aldis/templates/error.hpp>
#include <aldis/templates/object.hpp>
#include <aldis/templates/translation.hpp>

#include <boost/json/serialize.hpp>

#include <charconv>
#include <chrono>
#include <map>
#include <optional>
#include <stdexcept>
#include <utility>

namespace oracle {
namespace {

namespace json = boost::json;
namespace templates = aldis::templates;

std::string_view view(const json::string& text) { return {text.data(), text.size()}; }
std::string_view view(json::string_view text) { return {text.data(), text.size()}; }
std::string text_of(const json::value& what) { return std::string(view(what.as_string())); }

/// An object with attributes, but without items and methods.
class thing final : public templates::object {
 public:
  explicit thing(templates::dict attributes) : attributes_(std::move(attributes)) {}

  std::string_view type_name() const noexcept override { return "thing"; }
  std::optional<templates::value> attribute(std::string_view name,
                                            templates::render_context&) const override {
    const templates::value* found = attributes_.find(name);
    return found ? std::optional(*found) : std::nullopt;
  }

 private:
  templates::dict attributes_;
};

templates::value to_value(const json::value& what);

templates::list to_list(const json::array& items) {
  templates::list result;
  for (const json::value& item : items) result.push_back(to_value(item));
  return result;
}

templates::dict to_dict(const json::object& entries) {
  templates::dict result;
  for (const auto& [key, mapped] : entries) result[view(key)] = to_value(mapped);
  return result;
}

double to_double(std::string_view digits) {
  double result = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), result);
  if (error != std::errc{} || end != digits.data() + digits.size()) {
    throw std::runtime_error("not a number: " + std::string(digits));
  }
  return result;
}

templates::value to_value(const json::object& what) {
  if (what.size() == 1) {
    const std::string_view mark = view(what.begin()->key());
    const json::value& marked = what.begin()->value();
    if (mark == "$markup") return templates::markup{text_of(marked)};
    if (mark == "$tuple") return templates::tuple{to_list(marked.as_array())};
    if (mark == "$float") return to_double(view(marked.as_string()));
    if (mark == "$object") {
      return aldis::templates::detail::reference(new thing(to_dict(marked.as_object())));
    }
  }
  return to_dict(what);
}

templates::value to_value(const json::value& what) {
  switch (what.kind()) {
    case json::kind::null:
      return nullptr;
    case json::kind::bool_:
      return what.get_bool();
    case json::kind::int64:
      return what.get_int64();
    case json::kind::string:
      return view(what.get_string());
    case json::kind::array:
      return to_list(what.get_array());
    case json::kind::object:
      return to_value(what.get_object());
    default:
      throw std::runtime_error("a number that cases do not have: " + json::serialize(what));
  }
}

using setting = void (*)(templates::environment_options& options, const json::value& to);

template <auto Member>
void set_flag(templates::environment_options& options, const json::value& to) {
  options.*Member = to.as_bool();
}

template <auto Member>
void set_delimiter(templates::environment_options& options, const json::value& to) {
  options.delimiters.*Member = text_of(to);
}

void set_autoescape(templates::environment_options& options, const json::value& to) {
  if (to.is_bool()) {
    options.autoescape = to.as_bool();
  } else {
    options.autoescape = templates::by_extension;
  }
}

void set_undefined(templates::environment_options& options, const json::value& to) {
  using kind = templates::undefined_policy;
  static const std::map<std::string_view, kind> kinds{{"default", kind::lenient},
                                                      {"strict", kind::strict},
                                                      {"debug", kind::debug},
                                                      {"chainable", kind::chainable}};
  options.undefined = kinds.at(view(to.as_string()));
}

void set_extensions(templates::environment_options& options, const json::value& to) {
  for (const json::value& name : to.as_array()) {
    if (name.as_string() == "do") options.do_statement = true;
    if (name.as_string() == "loopcontrols") options.loop_controls = true;
    if (name.as_string() == "debug") options.debug_statement = true;
    if (name.as_string() == "i18n" && !options.translate) {
      options.translate = templates::untranslated;
    }
  }
}

void set_catalog(templates::environment_options& options, const json::value& to) {
  options.translate =
      templates::catalog::from_file(ALDIS_ORACLE "/catalogs/" + text_of(to) + ".mo");
}

void set_trimmed(templates::environment_options& options, const json::value& to) {
  options.policies.i18n_trimmed = to.as_bool();
}

const std::map<std::string_view, setting> settings{
    {"autoescape", set_autoescape},
    {"undefined", set_undefined},
    {"extensions", set_extensions},
    {"catalog", set_catalog},
    {"i18n_trimmed", set_trimmed},
    {"newstyle_gettext", set_flag<&templates::environment_options::newstyle_gettext>},
    {"trim_blocks", set_flag<&templates::environment_options::trim_blocks>},
    {"lstrip_blocks", set_flag<&templates::environment_options::lstrip_blocks>},
    {"keep_trailing_newline", set_flag<&templates::environment_options::keep_trailing_newline>},
    {"newline_sequence", [](templates::environment_options& options,
                            const json::value& to) { options.newline = text_of(to); }},
    {"block_start_string", set_delimiter<&templates::delimiters::block_begin>},
    {"block_end_string", set_delimiter<&templates::delimiters::block_end>},
    {"variable_start_string", set_delimiter<&templates::delimiters::variable_begin>},
    {"variable_end_string", set_delimiter<&templates::delimiters::variable_end>},
    {"comment_start_string", set_delimiter<&templates::delimiters::comment_begin>},
    {"comment_end_string", set_delimiter<&templates::delimiters::comment_end>},
    {"line_statement_prefix", set_delimiter<&templates::delimiters::line_statement>},
    {"line_comment_prefix", set_delimiter<&templates::delimiters::line_comment>},
};

templates::environment_options options_of(const json::object& one_case) {
  templates::environment_options options;
  for (const auto& [name, to] : one_case.at("options").as_object()) {
    if (name != "chat") settings.at(view(name))(options, to);
  }
  std::map<std::string, std::string, std::less<>> sources;
  for (const auto& [name, source] : one_case.at("templates").as_object()) {
    sources.emplace(view(name), text_of(source));
  }
  options.loader = templates::from_map(std::move(sources));
  return options;
}

void append(std::string& to, std::string_view title, std::string_view text) {
  to.append("---- ").append(title).append("\n").append(text).append("\n");
}

std::string readable(const outcome& what) {
  if (what.error_type.empty()) {
    std::string result = what.text;
    for (const std::string& each : what.assistant) append(result, "of an assistant", each);
    return result;
  }
  return what.error_type + ": " + what.message + "\nin " + what.template_name + ", line " +
         std::to_string(what.line);
}

}  // namespace

outcome from_json(const json::value& what) {
  if (const json::value* text = what.as_object().if_contains("text")) {
    outcome result{.text = text_of(*text)};
    if (const json::value* said = what.as_object().if_contains("assistant")) {
      for (const json::value& each : said->as_array()) result.assistant.push_back(text_of(each));
    }
    return result;
  }
  const json::object& error = what.at("error").as_object();
  outcome result{.error_type = text_of(error.at("type")), .message = text_of(error.at("message"))};
  if (error.at("template").is_string()) {
    result.template_name = text_of(error.at("template"));
    result.line = error.at("line").to_number<std::size_t>();
  }
  return result;
}

outcome expected(const json::object& one_case) { return from_json(one_case.at("expected")); }

namespace {

/// Renders a chat like apply_chat_template.
outcome rendered_chat(const json::object& one_case) {
  using namespace std::chrono_literals;
  const templates::chat_environment env(
      {.now = [] { return std::chrono::local_days(2024y / 7 / 6) + 9h + 5min + 3s; },
       .environment = options_of(one_case)});
  const templates::chat_text said = templates::render_chat(
      env.get(view(one_case.at("entry").as_string())), to_dict(one_case.at("data").as_object()));
  outcome result{.text = said.text};
  for (const templates::text_span& each : said.assistant) {
    result.assistant.push_back(said.text.substr(each.begin, each.end - each.begin));
  }
  return result;
}

}  // namespace

outcome rendered(const json::object& one_case) {
  try {
    if (one_case.at("options").as_object().contains("chat")) return rendered_chat(one_case);
    const templates::environment env(options_of(one_case));
    return {.text = env.get(view(one_case.at("entry").as_string()))
                        .render(to_dict(one_case.at("data").as_object()))};
  } catch (const templates::error& error) {
    return {.error_type = std::string(error.type_name()),
            .message = error.message(),
            .template_name = error.name(),
            .line = error.line()};
  }
}

std::string description(const json::object& one_case, const outcome& got) {
  std::string result = text_of(one_case.at("name")) + "\n";
  for (const auto& [name, source] : one_case.at("templates").as_object()) {
    append(result, view(name), view(source.as_string()));
  }
  append(result, "data", json::serialize(one_case.at("data")));
  append(result, "options", json::serialize(one_case.at("options")));
  append(result, "Jinja2 gives", readable(expected(one_case)));
  append(result, "aldis gives", readable(got));
  return result;
}

json::object to_json(const outcome& what) {
  if (what.error_type.empty()) return {{"text", what.text}};
  return {{"error", json::object{{"type", what.error_type},
                                 {"message", what.message},
                                 {"template", what.template_name},
                                 {"line", what.line}}}};
}

}  // namespace oracle
