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

/// Thrown when a route cannot be added. The message names the rule, the mistake, and what is
/// allowed.
class ALDIS_API bad_route : public std::logic_error {
 public:
  using std::logic_error::logic_error;
  ~bad_route() override;
};

/// Thrown when url_for cannot build a URL: the endpoint does not exist, or a value is missing or
/// does not fit.
class ALDIS_API bad_url : public std::logic_error {
 public:
  using std::logic_error::logic_error;
  ~bad_url() override;
};

struct route_options {
  /// GET includes HEAD. The framework responds to OPTIONS unless it is listed here.
  std::vector<std::string> methods = {"GET"};
  /// The name for url_for, without dots. The default is the rule, or `POST /rule` if another
  /// handler of that rule, for other methods, has that name.
  std::string endpoint = {};
  /// Values for arguments that are not in the rule, such as variables of another rule of the
  /// endpoint.
  path_variables defaults = {};
  /// If the rule is `/page/`: whether `/page` is redirected to it, or also served.
  bool strict_slashes = true;
  /// Whether `/a//b` is redirected to `/a/b`.
  bool merge_slashes = true;
  /// Whether the framework responds to OPTIONS.
  bool automatic_options = true;
  /// The handler blocks: it runs on the worker pool, so that it does not delay other requests.
  bool blocking = false;
};

/// A route, as listed by app::routes().
struct route_info {
  std::string rule;
  std::string endpoint;
  std::vector<std::string> methods;
};

/// A value for url_for: null, a number, text, a uuid, or a list of texts.
struct url_value : std::variant<std::nullptr_t, std::int64_t, double, std::string, uuid,
                                std::vector<std::string>> {
  using variant::variant;
  url_value(std::string_view text) : variant(std::string(text)) {}
};

/// Names and values for url_for. Those that are not variables of the rule become the query.
using url_values = std::vector<std::pair<std::string, url_value>>;

struct url_options {
  /// The part after `#`.
  std::string anchor = {};
  /// Include scheme and host. The host is that of the setting SERVER_NAME, or of the request.
  bool external = false;
  /// Replaces the scheme of the request, and implies `external`.
  std::string scheme = {};
  /// Use a rule of the endpoint that allows this method.
  std::string method = {};
};

/// Builds the URL of an endpoint, which is a path by default; `.name` is an endpoint of the current
/// blueprint. Needs a context. Outside of a request it also needs the setting SERVER_NAME, and
/// returns a whole URL that includes APPLICATION_ROOT.
///
///     url_for("user", {{"id", 7}, {"tab", "posts"}})   // "/user/7?tab=posts"
///
/// Exceptions: bad_url; outside_of_context.
ALDIS_API std::string url_for(std::string_view endpoint, const url_values& values = {},
                              const url_options& options = {});

}  // namespace aldis::web
