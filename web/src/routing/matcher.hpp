#pragma once

#include "rule.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aldis::web::detail {

/// The result of matching a path and a method.
struct match {
  /// Null if there is no such path, or not with that method, or if the request is redirected.
  const detail::rule* rule = nullptr;
  /// The methods that are allowed for the path; empty if there is no such path.
  std::vector<std::string> allowed;
  /// The path to which the request is redirected, or empty.
  std::string redirect;
};

/// Finds the rule for a path, in a tree of segments. The cost depends on the path, and on the
/// number of rules with variables at the positions it passes, not on the number of all rules.
class matcher {
 public:
  matcher();
  ~matcher();

  void add(const rule& added);

  /// Appends the values of the variables to `values`, in the order of the rule.
  ///
  /// Exceptions: std::bad_alloc only.
  match find(std::string_view path, std::string_view method, path_variables& values) const;

 private:
  struct state;
  class search;

  std::unique_ptr<state> root_;
};

}  // namespace aldis::web::detail
