#include "matcher.hpp"

#include "segment_match.hpp"

#include <algorithm>
#include <functional>
#include <unordered_map>
#include <utility>

namespace aldis::web::detail {

namespace {

struct text_hash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const noexcept {
    return std::hash<std::string_view>()(text);
  }
};

void add_methods(std::vector<std::string>& to, const rule& from) {
  for (const std::string& method : from.methods()) {
    if (std::find(to.begin(), to.end(), method) == to.end()) to.push_back(method);
  }
}

std::string with_single_slashes(std::string_view path) {
  std::string result;
  for (const char c : path) {
    if (c != '/' || !result.ends_with('/')) result += c;
  }
  return result;
}

}  // namespace

struct matcher::state {
  struct step {
    rule_segment segment;
    std::vector<const converter*> converters;
    std::unique_ptr<state> to;
  };

  std::unordered_map<std::string, std::unique_ptr<state>, text_hash, std::equal_to<>> statics;
  std::vector<step> dynamics;
  std::vector<const rule*> rules;

  const state* next(std::string_view text) const noexcept {
    const auto found = statics.find(text);
    return found == statics.end() ? nullptr : found->second.get();
  }
  /// Adds a state after this segment, at the position of its weight.
  state* add_dynamic(const rule_segment& segment, std::vector<const converter*> converters) {
    const auto position = std::upper_bound(
        dynamics.begin(), dynamics.end(), segment,
        [](const rule_segment& one, const step& each) { return one.weight < each.segment.weight; });
    const auto made =
        dynamics.insert(position, step{segment, std::move(converters), std::make_unique<state>()});
    return made->to.get();
  }
};

/// One search in the tree.
class matcher::search {
 public:
  search(std::string_view method, match& found, std::vector<std::string_view>& values)
      : method_(method), found_(found), values_(values) {}

  /// Null if nothing is found, or if a slash is missing.
  const rule* find(const state& root, std::string_view path) {
    values_.clear();
    slash_missing_ = false;
    return walk(root, path.substr(1));
  }
  bool slash_missing() const noexcept { return slash_missing_; }

 private:
  using rest_of_path = std::optional<std::string_view>;  // nothing at the end of the path

  const rule* walk(const state& here, rest_of_path rest) {
    if (!rest) return at_end(here);
    const auto slash = rest->find('/');
    const std::string_view segment = rest->substr(0, slash);
    const rest_of_path after =
        slash == rest->npos ? rest_of_path() : rest_of_path(rest->substr(slash + 1));
    if (const state* const next = here.next(segment)) {
      if (const rule* const rule = walk(*next, after)) return rule;
      if (slash_missing_) return nullptr;
    }
    for (const state::step& each : here.dynamics) {
      if (const rule* const rule = step(each, *rest, segment, after)) return rule;
      if (slash_missing_) return nullptr;
    }
    // Rules without strict_slashes accept an extra slash.
    if (rest->empty()) {
      for (const rule* const each : here.rules) {
        if (!each->options().strict_slashes && allows_method(*each)) return each;
      }
    }
    return nullptr;
  }

  const rule* step(const state::step& each, std::string_view rest, std::string_view segment,
                   rest_of_path after) {
    std::string_view text = each.segment.final ? rest : segment;
    if (each.segment.final) after.reset();
    if (each.segment.allows_slash) {
      if (text.ends_with('/')) {
        text.remove_suffix(1);
        after = std::string_view();
      }
      if (text.ends_with('/')) return nullptr;
    }
    const std::size_t before = values_.size();
    if (!match_segment(each.segment, each.converters, text, values_)) return nullptr;
    if (const rule* const rule = walk(*each.to, after)) return rule;
    values_.resize(before);
    return nullptr;
  }

  const rule* at_end(const state& here) {
    for (const rule* const each : here.rules) {
      if (allows_method(*each)) return each;
    }
    if (const state* const with_slash = here.next("")) {
      for (const rule* const each : with_slash->rules) {
        if (!each->has_method(method_)) continue;
        if (!each->options().strict_slashes) return each;
        slash_missing_ = true;
        return nullptr;
      }
    }
    return nullptr;
  }

  bool allows_method(const rule& one) {
    if (one.has_method(method_)) return true;
    add_methods(found_.allowed, one);
    return false;
  }

  std::string_view method_;
  match& found_;
  std::vector<std::string_view>& values_;
  bool slash_missing_ = false;
};

matcher::matcher() : root_(std::make_unique<state>()) {}
matcher::~matcher() = default;

void matcher::add(const rule& added) {
  state* here = root_.get();
  for (const rule_segment& segment : added.segments()) {
    if (segment.is_static) {
      std::unique_ptr<state>& next = here->statics[segment.key];
      if (!next) next = std::make_unique<state>();
      here = next.get();
      continue;
    }
    const auto same =
        std::find_if(here->dynamics.begin(), here->dynamics.end(), [&](const state::step& each) {
          return each.segment.key == segment.key && each.segment.final == segment.final &&
                 each.segment.allows_slash == segment.allows_slash &&
                 each.segment.weight == segment.weight;
        });
    if (same != here->dynamics.end()) {
      here = same->to.get();
      continue;
    }
    std::vector<const converter*> converters;
    for (const rule_token& each : segment.tokens) {
      if (each.variable) converters.push_back(&added.variables()[*each.variable].converter);
    }
    here = here->add_dynamic(segment, std::move(converters));
  }
  here->rules.push_back(&added);
}

match matcher::find(std::string_view path, std::string_view method, path_variables& values) const {
  match found;
  if (!path.starts_with('/')) return found;
  // Static to reuse its memory.
  static thread_local std::vector<std::string_view> texts;
  search walk(method, found, texts);
  const rule* rule = walk.find(*root_, path);
  if (walk.slash_missing()) {
    found.redirect = std::string(path) + "/";
    return found;
  }
  if (!rule && path.find("//") != path.npos) {
    std::string merged = with_single_slashes(path);
    rule = walk.find(*root_, merged);
    if (walk.slash_missing()) {
      found.redirect = merged + "/";
    } else if (rule && rule->options().merge_slashes) {
      found.redirect = std::move(merged);
    }
    return found;
  }
  if (!rule) return found;
  std::size_t at = 0;
  for (const variable& each : rule->variables()) {
    std::optional<path_value> value = each.converter.value(texts[at++]);
    if (!value) {
      values.clear();
      return found;
    }
    values.push_back({each.name, std::move(*value)});
  }
  for (const path_variable& each : rule->options().defaults) {
    const auto same = std::find_if(values.begin(), values.end(),
                                   [&](const path_variable& v) { return v.name == each.name; });
    if (same == values.end()) {
      values.push_back(each);
    } else {
      same->value = each.value;
    }
  }
  found.rule = rule;
  return found;
}

}  // namespace aldis::web::detail
