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

/// A piece of a rule: text as it stands, or one of its variables.
struct piece {
  std::string text;
  std::optional<std::size_t> variable;
};

/// What a rule has between two slashes, or, from a path converter on, to its end. Parts are what
/// the matcher walks along.
struct rule_part {
  std::vector<piece> pieces;
  std::string key;  // the same in equal parts of different rules
  bool is_static = true;
  bool final = false;     // takes all that is left, slashes included
  bool suffixed = false;  // and may end with a slash that is not its own
  /// Less is tried first: more static pieces, longer ones, more variables, lighter ones.
  std::tuple<int, std::vector<std::pair<int, int>>, int, std::vector<int>> weight;
};

/// One route's pattern and options.
class rule {
 public:
  /// Exceptions: bad_route.
  rule(std::string text, route_options options);

  const std::string& text() const noexcept { return text_; }
  const route_options& options() const noexcept { return options_; }
  /// Those asked for, and HEAD and OPTIONS.
  const std::vector<std::string>& methods() const noexcept { return methods_; }
  bool has_method(std::string_view method) const noexcept;
  const std::vector<variable>& variables() const noexcept { return variables_; }
  const std::vector<rule_part>& parts() const noexcept { return parts_; }

  /// Variables and defaults.
  std::vector<std::string> argument_names() const;
  bool has_argument(std::string_view name) const noexcept;
  const path_value* default_of(std::string_view name) const noexcept;
  /// What a handler gets for an argument.
  parameter makes(std::string_view name) const noexcept;

  /// May these values make its URL?
  bool accepts(const url_values& values, std::string_view method) const;
  /// Path and query. Exceptions: bad_url.
  std::string build(const url_values& values) const;
  /// Is this the rule to which `other` is redirected when its values are our defaults?
  bool provides_defaults_for(const rule& other) const;

  endpoint* target = nullptr;
  /// Whose functions are asked: where each parameter of the handler finds its value.
  std::vector<std::size_t> order;

 private:
  void read_variable(std::string_view inside);
  void read_methods();
  void make_parts();

  std::string text_;
  route_options options_;
  std::vector<std::string> methods_;
  std::vector<variable> variables_;
  std::vector<piece> pieces_;
  std::vector<rule_part> parts_;
};

}  // namespace aldis::web::detail
