#include "app_state.hpp"

#include <aldis/templates/environment.hpp>
#include <aldis/web/send_file.hpp>

#include "text.hpp"
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <span>
#include <stdexcept>
#include <tuple>
#include <utility>

namespace aldis::web::detail {

namespace {

std::string_view name_of(parameter one) noexcept {
  switch (one) {
    case parameter::integer:
      return "an integer";
    case parameter::floating:
      return "a floating point number";
    case parameter::text:
      return "text";
    case parameter::uuid:
      return "a uuid";
    default:
      return "anything";
  }
}

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

/// The kinds of values that a handler takes, without the request and the like.
std::vector<parameter> values_of(const view& handler) {
  std::vector<parameter> wanted;
  for (const parameter each : handler.parameters()) {
    if (each != parameter::given) wanted.push_back(each);
  }
  return wanted;
}

void check_fit(const rule& one, const view& handler, const std::vector<std::string>& names) {
  const std::vector<parameter> wanted = values_of(handler);
  if (wanted.size() != names.size()) {
    throw bad_route("aldis: the rule " + in_quotes(one.text()) + " gives its handler " +
                    std::to_string(names.size()) + (names.size() == 1 ? " value" : " values") +
                    (names.empty() ? "" : " (" + listed(names) + ")") + ", but it takes " +
                    std::to_string(wanted.size()));
  }
  const std::vector<std::string> made_names = one.argument_names();
  if (made_names.size() != names.size() ||
      !std::is_permutation(names.begin(), names.end(), made_names.begin())) {
    throw bad_route("aldis: the rule " + in_quotes(one.text()) + " has the values (" +
                    listed(made_names) + "), but the handler of its endpoint takes (" +
                    listed(names) + "); defaults can give what a rule does not have");
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    const parameter made = one.makes(names[i]);
    if (wanted[i] == parameter::any || wanted[i] == made) continue;
    throw bad_route("aldis: the rule " + in_quotes(one.text()) + " makes " +
                    std::string(name_of(made)) + " of " + in_quotes(names[i]) +
                    ", but its handler takes " + std::string(name_of(wanted[i])) +
                    " there; converters are string, path and any (text), int, float and uuid");
  }
}

std::string without_slashes_at_end(std::string text) {
  while (text.ends_with('/')) text.pop_back();
  return text;
}

/// With one slash between them, if there are both.
std::string joined(const std::string& prefix, std::string_view rule) {
  if (prefix.empty()) return std::string(rule);
  if (rule.empty()) return prefix;
  rule.remove_prefix(std::min(rule.find_first_not_of('/'), rule.size()));
  return without_slashes_at_end(prefix).append("/").append(rule);
}

bool flag(const config& from, std::string_view name) {
  return from.get_if<bool>(name).value_or(false);
}

std::string text(const config& from, std::string_view name, std::string_view otherwise = "") {
  return from.get_if<std::string>(name).value_or(std::string(otherwise));
}

std::size_t size(const config& from, std::string_view name) {
  return from.get_if<std::size_t>(name).value_or(std::numeric_limits<std::size_t>::max());
}

same_site same_site_of(const std::string& text) {
  const std::string given = lower(text);
  if (given.empty()) return same_site::unset;
  if (given == "strict") return same_site::strict;
  if (given == "lax") return same_site::lax;
  if (given == "none") return same_site::none;
  throw bad_setting("aldis: the setting SESSION_COOKIE_SAMESITE is Strict, Lax or None, not " +
                    in_quotes(text));
}

}  // namespace

app_state::app_state(app& of, std::string app_name, app_options app_folders)
    : self(of),
      name(std::move(app_name)),
      folders(std::move(app_folders)),
      commands(of),
      app_chain{&own},
      sessions(std::make_shared<cookie_sessions>()) {
  if (!folders.template_folder.empty()) {
    template_loaders.push_back(templates::from_folder(under_root(folders.template_folder)));
  }
  add_static_route(folders.static_folder, folders.static_url_path, "");
}
app_state::~app_state() = default;

std::string app_state::under_root(const std::string& folder) const {
  return (std::filesystem::path(folders.root_path) / folder).string();
}

void app_state::add_static_route(const std::string& folder, const std::string& url_path,
                                 const std::string& blueprint) {
  if (folder.empty()) return;
  const auto send = [path = under_root(folder)](const std::string& filename) {
    return send_from_directory(path, filename);
  };
  using handler = std::remove_const_t<decltype(send)>;
  add_route(joined(url_path, "/<path:filename>"), {.endpoint = "static"}, make_view<handler>(send),
            blueprint);
}

void app_state::check_setup(std::string_view what) const {
  if (!begun.load(std::memory_order_acquire)) return;
  throw std::logic_error("aldis: the app " + in_quotes(name) +
                         " has handled a request: " + std::string(what) + " must be done before");
}

std::string app_state::free_endpoint(const std::string& prefix, std::string_view text,
                                     const std::vector<std::string>& methods,
                                     const view* handler) const {
  const auto known = endpoints.find(prefix + std::string(text));
  if (known == endpoints.end() || !handler || handler->same_as(*known->second.handler)) {
    return std::string(text);
  }
  for (const rule* const each : known->second.rules) {
    for (const std::string& method : methods) {
      if (each->has_method(upper(method))) return std::string(text);
    }
  }
  std::string result;
  for (const std::string& method : methods) result += upper(method) + " ";
  return result.append(text);
}

void app_state::add_route(std::string_view text, route_options options,
                          std::shared_ptr<view> handler, const std::string& blueprint) {
  check_setup("adding routes");
  const std::string prefix = blueprint.empty() ? "" : blueprint + ".";
  if (options.endpoint.empty()) {
    options.endpoint = free_endpoint(prefix, text, options.methods, handler.get());
  } else if (options.endpoint.find('.') != std::string::npos) {
    throw bad_route("aldis: the rule " + in_quotes(text) + ": an endpoint has no dots, " +
                    in_quotes(options.endpoint) + " has");
  }
  options.endpoint.insert(0, prefix);
  rule made{std::string(text), std::move(options)};

  const std::string& endpoint_name = made.options().endpoint;
  const auto known = endpoints.find(endpoint_name);
  if (known == endpoints.end()) {
    if (!handler) {
      throw bad_route("aldis: the rule " + in_quotes(text) + " is for the endpoint " +
                      in_quotes(endpoint_name) + ", which has no handler yet");
    }
    check_fit(made, *handler, made.argument_names());
  } else {
    if (handler && !handler->same_as(*known->second.handler)) {
      throw bad_route("aldis: the rule " + in_quotes(text) + ": the endpoint " +
                      in_quotes(endpoint_name) +
                      " has another handler already; add_url_rule adds a rule for that one");
    }
    check_fit(made, *known->second.handler, known->second.parameters);
  }

  endpoint& to = endpoints[endpoint_name];
  if (!to.handler) {
    to.name = endpoint_name;
    to.blueprint = blueprint;
    to.handler = std::move(handler);
    to.parameters = made.argument_names();
  }
  rules.push_back(std::move(made));
  bind(rules.back(), to);
}

void app_state::bind(rule& one, endpoint& to) {
  one.target = &to;
  const std::vector<std::string> names = one.argument_names();
  for (const std::string& parameter : to.parameters) {
    one.order.push_back(
        static_cast<std::size_t>(std::find(names.begin(), names.end(), parameter) - names.begin()));
  }
  // More variables first, then more defaults: the most that fits.
  const auto less = [](const rule* a, const rule* b) {
    const auto key = [](const rule& r) {
      return std::pair(r.argument_names().size(), r.options().defaults.size());
    };
    return key(*a) > key(*b);
  };
  to.rules.insert(std::upper_bound(to.rules.begin(), to.rules.end(), &one, less), &one);
  matcher.add(one);
}

void app_state::register_blueprint(blueprint_state& one, const registration& options,
                                   const std::string& outer_name, const std::string& outer_prefix) {
  check_setup("registering blueprints");
  const std::string& own_name = options.name.empty() ? one.name : options.name;
  const std::string full_name = outer_name.empty() ? own_name : outer_name + "." + own_name;
  if (blueprint_hooks.contains(full_name)) {
    throw std::invalid_argument("aldis: a blueprint " + in_quotes(full_name) +
                                " is registered already; registration{.name = ...} gives this one "
                                "another name");
  }
  const std::string prefix = joined(
      outer_prefix, options.url_prefix.empty() ? one.options.url_prefix : options.url_prefix);
  if (!one.options.template_folder.empty()) {
    template_loaders.push_back(templates::from_folder(under_root(one.options.template_folder)));
  }
  add_static_route(one.options.static_folder, joined(prefix, one.options.static_url_path),
                   full_name);
  one.registered = true;
  blueprint_hooks[full_name] = one.own;
  // Once is enough for what concerns the whole app.
  if (blueprints.insert(one.shared_from_this()).second) own.append(one.of_app);
  for (const blueprint_state::route& each : one.routes) {
    add_route(joined(prefix, each.rule), each.options, each.handler, full_name);
  }
  for (const blueprint_state::inner& each : one.blueprints) {
    register_blueprint(*each.state, each.options, full_name, prefix);
  }
}

void app_state::read_settings() {
  settings.debug = flag(config, "DEBUG");
  settings.testing = flag(config, "TESTING");
  settings.propagate =
      config.get_if<bool>("PROPAGATE_EXCEPTIONS").value_or(settings.testing || settings.debug);
  settings.trap_http_errors = flag(config, "TRAP_HTTP_EXCEPTIONS");
  settings.server_name = text(config, "SERVER_NAME");
  settings.preferred_scheme = text(config, "PREFERRED_URL_SCHEME", "http");
  settings.root = without_slashes_at_end(joined("/", text(config, "APPLICATION_ROOT")));
  settings.forms = {size(config, "MAX_FORM_MEMORY_SIZE"), size(config, "MAX_FORM_PARTS")};
  if (settings.debug) logger.set_level(log_level::debug);

  session_settings& session = settings.session;
  if (const std::string secret = text(config, "SECRET_KEY"); !secret.empty()) {
    session.secrets = config.get_if<std::vector<std::string>>("SECRET_KEY_FALLBACKS")
                          .value_or(std::vector<std::string>());
    session.secrets.insert(session.secrets.begin(), secret);
  }
  session.cookie_name = text(config, "SESSION_COOKIE_NAME", "session");
  session.cookie.domain = text(config, "SESSION_COOKIE_DOMAIN");
  session.cookie.path = text(config, "SESSION_COOKIE_PATH", text(config, "APPLICATION_ROOT", "/"));
  session.cookie.http_only = flag(config, "SESSION_COOKIE_HTTPONLY");
  session.cookie.secure = flag(config, "SESSION_COOKIE_SECURE");
  session.cookie.partitioned = flag(config, "SESSION_COOKIE_PARTITIONED");
  session.cookie.same_site = same_site_of(text(config, "SESSION_COOKIE_SAMESITE"));
  session.lifetime = config.get_if<std::int64_t>("PERMANENT_SESSION_LIFETIME").value_or(0);
  session.max_cookie_size = size(config, "MAX_COOKIE_SIZE");
  session.refresh = flag(config, "SESSION_REFRESH_EACH_REQUEST");
}

void app_state::begin_once() {
  const std::lock_guard lock(beginning_);
  if (begun.load(std::memory_order_relaxed)) return;
  read_settings();
  for (auto& [endpoint_name, one] : endpoints) {
    one.chain = app_chain;
    for (std::size_t dot = 0; !one.blueprint.empty() && dot != std::string::npos;) {
      dot = one.blueprint.find('.', dot == 0 ? 0 : dot + 1);
      one.chain.push_back(&blueprint_hooks.find(one.blueprint.substr(0, dot))->second);
    }
  }
  begun.store(true, std::memory_order_release);
}

std::shared_ptr<boost::asio::io_context> app_state::take_loop() {
  const std::lock_guard lock(lending_);
  if (loops_.empty()) return std::make_shared<boost::asio::io_context>(1);
  std::shared_ptr<boost::asio::io_context> loop = std::move(loops_.back());
  loops_.pop_back();
  loop->restart();
  return loop;
}

void app_state::give_back(std::shared_ptr<boost::asio::io_context> loop) {
  const std::lock_guard lock(lending_);
  loops_.push_back(std::move(loop));
}

}  // namespace aldis::web::detail
