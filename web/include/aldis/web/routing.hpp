#pragma once

#include <aldis/export.hpp>
#include <aldis/web/path_values.hpp>

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace aldis::web {

/// A route cannot be added as it is. The message names the rule, what is wrong, and what is
/// allowed.
class ALDIS_API bad_route : public std::logic_error {
 public:
  using std::logic_error::logic_error;
  ~bad_route() override;
};

/// url_for cannot make a URL: no such endpoint, or a value that is missing or does not fit.
class ALDIS_API bad_url : public std::logic_error {
 public:
  using std::logic_error::logic_error;
  ~bad_url() override;
};

struct route_options {
  /// GET brings HEAD with it; OPTIONS is answered by the framework unless it is named here.
  std::vector<std::string> methods = {"GET"};
  /// What url_for calls it. No dots. By default the rule; `POST /rule` if another handler of that
  /// rule, for other methods, is called so.
  std::string endpoint = {};
  /// Values for variables that are not in the rule, or that another rule of the endpoint has.
  path_variables defaults = {};
  /// Whether `/page/` asked for as `/page` is redirected; otherwise both are answered.
  bool strict_slashes = true;
  /// Whether `/a//b` is redirected to `/a/b`.
  bool merge_slashes = true;
  bool automatic_options = true;
  /// The handler blocks: it runs on the worker pool, and holds up nobody.
  bool blocking = false;
};

/// One route, as `routes` lists it.
struct route_info {
  std::string rule;
  std::string endpoint;
  std::vector<std::string> methods;
};

/// A value for url_for: nothing, a number, text, a uuid, or several texts.
struct url_value : std::variant<std::nullptr_t, std::int64_t, double, std::string, uuid,
                                std::vector<std::string>> {
  using variant::variant;
  url_value(std::string_view text) : variant(std::string(text)) {}
};

/// Names and values for url_for; those that the rule does not have become the query.
using url_values = std::vector<std::pair<std::string, url_value>>;

struct url_options {
  /// What follows `#`.
  std::string anchor = {};
  /// With scheme and host: that of the setting SERVER_NAME, or of the request.
  bool external = false;
  /// Instead of that of the request; makes it external.
  std::string scheme = {};
  /// Of the rules of an endpoint, one that has this method.
  std::string method = {};
};

/// The path of an endpoint; `.name` is one of the current blueprint. Needs a context; outside of a
/// request, also the setting SERVER_NAME, and then it is a whole URL, with APPLICATION_ROOT.
///
///     url_for("user", {{"id", 7}, {"tab", "posts"}})   // "/user/7?tab=posts"
///
/// Exceptions: bad_url.
ALDIS_API std::string url_for(std::string_view endpoint, const url_values& values = {},
                              const url_options& options = {});

}  // namespace aldis::web
