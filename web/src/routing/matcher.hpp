#pragma once

#include "rule.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aldis::web::detail {

/// What a matcher says of a path and a method.
struct match {
  /// Null: no such path, or not with that method, or the request belongs elsewhere.
  const detail::rule* rule = nullptr;
  /// Those that the path would have; empty if there is no such path.
  std::vector<std::string> allowed;
  /// The path to which the request is redirected; empty if it is not.
  std::string redirect;
};

/// Finds the rule of a path. A tree of parts: what one request costs depends on its own path and on
/// the rules with variables at the places it comes by, not on how many rules there are.
class matcher {
 public:
  matcher();
  ~matcher();

  void add(const rule& one);

  /// Appends the values of the variables to `values`, in the order of the rule. Exceptions: none
  /// but std::bad_alloc.
  match find(std::string_view path, std::string_view method, path_variables& values) const;

 private:
  struct state;
  class search;

  std::unique_ptr<state> root_;
};

}  // namespace aldis::web::detail
