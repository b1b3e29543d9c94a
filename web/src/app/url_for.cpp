#include "app/app_state.hpp"
#include "app/context.hpp"
#include "http/text.hpp"
#include "http/url.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace aldis::web {

namespace {

using detail::in_quotes;

/// The first rule that accepts these values; null if none does.
const detail::rule* choose(const detail::endpoint& among, const url_values& values,
                           std::string_view method) {
  for (const detail::rule* const each : among.rules) {
    if (each->accepts(values, method)) return each;
  }
  return nullptr;
}

[[noreturn]] void throw_no_endpoint(const detail::app_state& app, std::string_view name) {
  std::string like;
  for (const auto& [known, endpoint] : app.endpoints) {
    const bool similar = known.find(name) != known.npos || name.find(known) != name.npos ||
                         known.substr(known.rfind('.') + 1) == name.substr(name.rfind('.') + 1);
    if (similar) like += (like.empty() ? "; did you mean " : " or ") + in_quotes(known);
  }
  throw bad_url("aldis: url_for: there is no endpoint " + in_quotes(name) + like +
                (like.empty() ? "" : "?"));
}

[[noreturn]] void throw_no_rule(const detail::endpoint& among, const url_values& values,
                                std::string_view method) {
  std::string text = "aldis: url_for " + in_quotes(among.name) + ": no rule fits";
  if (!method.empty()) text += " the method " + in_quotes(method) + " and";
  text += " the values given (";
  for (std::size_t i = 0; i < values.size(); ++i) text += (i ? ", " : "") + values[i].first;
  text += "); there are";
  for (const detail::rule* const each : among.rules) text += " " + in_quotes(each->text());
  throw bad_url(text);
}

void add_defaults(detail::app_state& app, std::string_view endpoint, url_values& values) {
  const auto ask = [&](const detail::hooks& of) {
    for (const auto& f : of.url_defaults) f(endpoint, values);
  };
  ask(app.own_hooks);
  for (std::size_t dot = endpoint.find('.'); dot != endpoint.npos;
       dot = endpoint.find('.', dot + 1)) {
    const auto found = app.blueprint_hooks.find(endpoint.substr(0, dot));
    if (found != app.blueprint_hooks.end()) ask(found->second);
  }
}

}  // namespace

std::string url_for(std::string_view name, const url_values& given, const url_options& options) {
  detail::context* const now = detail::current_context();
  if (!now) {
    throw outside_of_context(
        "aldis: url_for() needs the context of an app: that of a request, or app.app_context()");
  }
  detail::app_state& app = now->app;
  std::string full(name);
  if (name.starts_with('.')) {
    const std::string_view blueprint = now->request ? now->request->blueprint() : "";
    full = blueprint.empty() ? std::string(name.substr(1))
                             : std::string(blueprint) + std::string(name);
  }
  const auto found = app.endpoints.find(full);
  if (found == app.endpoints.end() || found->second.rules.empty()) throw_no_endpoint(app, full);
  url_values values = given;
  add_defaults(app, full, values);

  const detail::rule* rule = nullptr;
  if (options.method.empty()) rule = choose(found->second, values, "GET");
  if (!rule) rule = choose(found->second, values, options.method);
  if (!rule) throw_no_rule(found->second, values, options.method);
  std::string url = rule->build(values);

  const bool external = options.external || !options.scheme.empty() || !now->request;
  if (external) {
    std::string scheme = options.scheme;
    std::string host;
    std::string root;
    if (now->request) {
      if (scheme.empty()) scheme = now->request->scheme();
      host = app.host_for(*now->request);
    } else {
      if (scheme.empty()) scheme = app.settings.preferred_scheme;
      host = app.settings.server_name;
      root = app.settings.root;
      if (host.empty()) {
        throw bad_url("aldis: url_for " + in_quotes(full) +
                      ": outside of a request the setting SERVER_NAME says which host it is for");
      }
    }
    url.insert(0, scheme + "://" + host + root);
  }
  if (!options.anchor.empty()) {
    url += "#" + detail::escape(options.anchor, "%!#$&'()*+,/:;=?@");
  }
  return url;
}

}  // namespace aldis::web
