#pragma once

#include <aldis/web/routing.hpp>

#include "converter.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace aldis::web::detail {

struct endpoint;

/// A variable of a rule.
struct variable {
  std::string name;
  detail::converter converter;
};

/// A token of a rule: literal text, or one of its variables.
struct rule_token {
  std::string text;
  std::optional<std::size_t> variable;
};

/// A segment of a rule: the part between two slashes, or everything from a path converter to the
/// end. The matcher goes from segment to segment.
struct rule_segment {
  std::vector<rule_token> tokens;
  std::string key;  // equal for equal segments of different rules
  bool is_static = true;
  bool final = false;         // matches the rest of the path, slashes included
  bool allows_slash = false;  // and a slash after it, which is matched separately
  /// Lower weights are tried first: more static tokens, longer ones, more variables, lighter ones.
  std::tuple<int, std::vector<std::pair<int, int>>, int, std::vector<int>> weight;
};

/// The pattern and the options of a route.
class rule {
 public:
  /// Exceptions: bad_route.
  rule(std::string text, route_options options);

  const std::string& text() const noexcept { return text_; }
  const route_options& options() const noexcept { return options_; }
  /// The methods of the route, and HEAD and OPTIONS if they are added automatically.
  const std::vector<std::string>& methods() const noexcept { return methods_; }
  bool has_method(std::string_view method) const noexcept;
  const std::vector<variable>& variables() const noexcept { return variables_; }
  const std::vector<rule_segment>& segments() const noexcept { return segments_; }

  /// The names of variables and defaults.
  std::vector<std::string> argument_names() const;
  bool has_argument(std::string_view name) const noexcept;
  const path_value* default_of(std::string_view name) const noexcept;
  /// The kind of value that a handler gets for an argument.
  parameter produces(std::string_view name) const noexcept;

  /// Whether a URL can be built from these values.
  bool accepts(const url_values& values, std::string_view method) const;
  /// Path and query.
  ///
  /// Exceptions: bad_url.
  std::string build(const url_values& values) const;
  /// Whether a request for `other` is redirected to this rule if its values are the defaults of
  /// this rule.
  bool provides_defaults_for(const rule& other) const;

  endpoint* target = nullptr;
  /// For each parameter of the handler, the index of its value.
  std::vector<std::size_t> order;

 private:
  void read_variable(std::string_view inside);
  void read_methods();
  void make_segments();

  std::string text_;
  route_options options_;
  std::vector<std::string> methods_;
  std::vector<variable> variables_;
  std::vector<rule_token> tokens_;
  std::vector<rule_segment> segments_;
};

}  // namespace aldis::web::detail
