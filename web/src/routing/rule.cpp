#include "rule.hpp"

#include "http/text.hpp"
#include "http/url.hpp"

#include <algorithm>
#include <utility>

namespace aldis::web {

bad_route::~bad_route() = default;
bad_url::~bad_url() = default;

namespace detail {

namespace {

bool is_name(std::string_view text) noexcept {
  return !text.empty() && !is_digit(text.front()) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return is_letter(c) || is_digit(c) || c == '_'; });
}

const url_value* find_value(const url_values& values, std::string_view name) noexcept {
  for (const auto& [key, value] : values) {
    if (key == name) return &value;
  }
  return nullptr;
}

bool contains(const std::vector<std::string>& all, std::string_view one) noexcept {
  return std::find(all.begin(), all.end(), one) != all.end();
}

/// Builds one segment from its tokens, and computes its weight.
class segment_builder {
 public:
  explicit segment_builder(const std::vector<variable>& variables) : variables_(variables) {}

  void add_text(std::string_view text) {
    statics_.emplace_back(static_cast<int>(statics_.size()), -static_cast<int>(text.size()));
    append(text);
  }
  void add_slash() { append("/"); }
  void add_variable(std::size_t at) {
    const converter& added = variables_[at].converter;
    segment_.tokens.push_back({"", at});
    segment_.key += "<" + added.text() + ">";
    segment_.is_static = false;
    if (added.matches_slashes()) segment_.final = true;
    weights_.push_back(added.weight());
  }
  bool final() const noexcept { return segment_.final; }

  rule_segment take() {
    segment_.weight = {-static_cast<int>(statics_.size()), std::move(statics_),
                       -static_cast<int>(weights_.size()), std::move(weights_)};
    statics_.clear();
    weights_.clear();
    return std::exchange(segment_, {});
  }

  /// The slash at the end of a path converter is matched separately.
  rule_segment take_last() {
    if (segment_.final && segment_.key.ends_with('/')) {
      segment_.allows_slash = true;
      segment_.key.pop_back();
      std::string& last = segment_.tokens.back().text;
      last.pop_back();
      if (last.empty()) segment_.tokens.pop_back();
    }
    return take();
  }

 private:
  void append(std::string_view text) {
    if (segment_.tokens.empty() || segment_.tokens.back().variable)
      segment_.tokens.push_back({"", {}});
    segment_.tokens.back().text += text;
    segment_.key += text;
  }

  const std::vector<variable>& variables_;
  rule_segment segment_;
  std::vector<std::pair<int, int>> statics_;
  std::vector<int> weights_;
};

}  // namespace

rule::rule(std::string text, route_options options)
    : text_(std::move(text)), options_(std::move(options)) {
  try {
    if (!text_.starts_with('/')) throw bad_route("a rule begins with '/'");
    std::string_view rest = text_;
    while (!rest.empty()) {
      const auto open = std::min(rest.find('<'), rest.size());
      if (rest.substr(0, open).find('>') != rest.npos)
        throw bad_route("a '>' has no '<' before it");
      if (open != 0) tokens_.push_back({std::string(rest.substr(0, open)), {}});
      rest.remove_prefix(open);
      if (rest.empty()) break;
      const auto close = rest.find('>');
      if (close == rest.npos) throw bad_route("a '<' has no '>' after it");
      read_variable(rest.substr(1, close - 1));
      rest.remove_prefix(close + 1);
    }
    for (const path_variable& each : options_.defaults) {
      if (!is_name(each.name))
        throw bad_route(in_quotes(each.name) + " cannot be the name of a default");
    }
    read_methods();
    make_segments();
  } catch (const bad_route& error) {
    throw bad_route("aldis: the rule " + in_quotes(text_) + ": " + error.what());
  }
}

void rule::read_variable(std::string_view inside) {
  // Arguments may contain a colon: the name follows the last one.
  const auto colon = inside.rfind(':');
  const std::string_view name = trimmed(colon == inside.npos ? inside : inside.substr(colon + 1));
  std::string_view converter = colon == inside.npos ? "string" : trimmed(inside.substr(0, colon));
  std::string_view arguments;
  if (const auto open = converter.find('('); open != converter.npos) {
    if (converter.back() != ')') throw bad_route("a '(' has no ')' after it");
    arguments = converter.substr(open + 1, converter.size() - open - 2);
    converter = converter.substr(0, open);
  }
  if (!is_name(name)) {
    throw bad_route(in_quotes(name) +
                    " cannot be the name of a variable: letters, digits and _ are allowed");
  }
  for (const variable& each : variables_) {
    if (each.name == name) throw bad_route("the variable " + in_quotes(name) + " occurs twice");
  }
  tokens_.push_back({"", variables_.size()});
  variables_.push_back({std::string(name), detail::converter(converter, arguments)});
}

void rule::read_methods() {
  for (const std::string& method : options_.methods) {
    if (!is_token(method)) throw bad_route(in_quotes(method) + " is not a method");
    std::string name = upper(method);
    if (!contains(methods_, name)) methods_.push_back(std::move(name));
  }
  if (methods_.empty()) throw bad_route("it has no method");
  if (contains(methods_, "OPTIONS")) options_.automatic_options = false;
  if (contains(methods_, "GET") && !contains(methods_, "HEAD")) methods_.emplace_back("HEAD");
  if (options_.automatic_options) methods_.emplace_back("OPTIONS");
}

void rule::make_segments() {
  segment_builder maker(variables_);
  bool first = true;
  for (const rule_token& each : tokens_) {
    if (each.variable) {
      maker.add_variable(*each.variable);
      continue;
    }
    std::string_view rest = each.text;
    if (std::exchange(first, false))
      rest.remove_prefix(1);  // the slash that every rule begins with
    while (true) {
      const auto slash = rest.find('/');
      if (const std::string_view text = rest.substr(0, slash); !text.empty()) maker.add_text(text);
      if (slash == rest.npos) break;
      rest.remove_prefix(slash + 1);
      if (maker.final()) {
        maker.add_slash();
      } else {
        segments_.push_back(maker.take());
      }
    }
  }
  segments_.push_back(maker.take_last());
  if (segments_.back().allows_slash) segments_.push_back(rule_segment());
}

bool rule::has_method(std::string_view method) const noexcept { return contains(methods_, method); }

std::vector<std::string> rule::argument_names() const {
  std::vector<std::string> names;
  names.reserve(variables_.size() + options_.defaults.size());
  for (const variable& each : variables_) names.push_back(each.name);
  for (const path_variable& each : options_.defaults) {
    if (!contains(names, each.name)) names.push_back(each.name);
  }
  return names;
}

bool rule::has_argument(std::string_view name) const noexcept {
  return default_of(name) != nullptr ||
         std::any_of(variables_.begin(), variables_.end(),
                     [&](const variable& each) { return each.name == name; });
}

const path_value* rule::default_of(std::string_view name) const noexcept {
  for (const path_variable& each : options_.defaults) {
    if (each.name == name) return &each.value;
  }
  return nullptr;
}

parameter rule::produces(std::string_view name) const noexcept {
  for (const variable& each : variables_) {
    if (each.name == name) return each.converter.produces();
  }
  constexpr parameter of_alternative[] = {parameter::integer, parameter::floating, parameter::text,
                                          parameter::uuid};
  const path_value* const value = default_of(name);
  return value ? of_alternative[value->index()] : parameter::any;
}

bool rule::accepts(const url_values& values, std::string_view method) const {
  if (!method.empty() && !has_method(method)) return false;
  for (const variable& each : variables_) {
    if (!find_value(values, each.name) && !default_of(each.name)) return false;
  }
  return std::all_of(options_.defaults.begin(), options_.defaults.end(),
                     [&](const path_variable& each) {
                       const url_value* const value = find_value(values, each.name);
                       return !value || url_text(*value) == url_text(as_url_value(each.value));
                     });
}

std::string rule::build(const url_values& values) const {
  std::string url;
  for (const rule_token& each : tokens_) {
    if (!each.variable) {
      url += escape(each.text, "!$&'()*+,/:;=@");
      continue;
    }
    const variable& v = variables_[*each.variable];
    const url_value* const given = find_value(values, v.name);
    try {
      const std::string text =
          v.converter.to_url(given ? *given : as_url_value(*default_of(v.name)));
      // A URL that begins with two slashes would name another host.
      url.append(text, url == "/" ? std::min(text.find_first_not_of('/'), text.size()) : 0);
    } catch (const bad_url& error) {
      throw bad_url("aldis: url_for " + in_quotes(options_.endpoint) + ": the value of " +
                    in_quotes(v.name) + " " + error.what());
    }
  }
  char separator = '?';
  const auto add = [&](const std::string& name, const std::string& value) {
    url += std::exchange(separator, '&') + escape_query(name) + "=" + escape_query(value);
  };
  for (const auto& [name, value] : values) {
    if (has_argument(name)) continue;
    if (const auto* several = std::get_if<std::vector<std::string>>(&value)) {
      for (const std::string& one : *several) add(name, one);
    } else if (const std::optional<std::string> text = url_text(value)) {
      add(name, *text);
    }
  }
  return url;
}

bool rule::provides_defaults_for(const rule& other) const {
  if (options_.defaults.empty() || target != other.target || this == &other) return false;
  std::vector<std::string> mine = argument_names();
  std::vector<std::string> others = other.argument_names();
  std::sort(mine.begin(), mine.end());
  std::sort(others.begin(), others.end());
  return mine == others;
}

}  // namespace detail

}  // namespace aldis::web
