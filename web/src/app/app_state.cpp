#include "app/app_state.hpp"

#include <aldis/templates/environment.hpp>
#include <aldis/web/send_file.hpp>

#include "http/text.hpp"
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

std::string_view name_of(parameter kind) noexcept {
  switch (kind) {
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

/// The kinds of the path values that a handler takes.
std::vector<parameter> values_of(const any_handler& handler) {
  std::vector<parameter> taken;
  for (const parameter each : handler.parameters()) {
    if (each != parameter::injected) taken.push_back(each);
  }
  return taken;
}

void check_handler(const rule& rule, const any_handler& handler,
                   const std::vector<std::string>& names) {
  const std::vector<parameter> taken = values_of(handler);
  if (taken.size() != names.size()) {
    throw bad_route("aldis: the rule " + in_quotes(rule.text()) + " passes its handler " +
                    std::to_string(names.size()) + (names.size() == 1 ? " value" : " values") +
                    (names.empty() ? "" : " (" + listed(names) + ")") + ", but it takes " +
                    std::to_string(taken.size()));
  }
  const std::vector<std::string> rule_names = rule.argument_names();
  if (rule_names.size() != names.size() ||
      !std::is_permutation(names.begin(), names.end(), rule_names.begin())) {
    throw bad_route("aldis: the rule " + in_quotes(rule.text()) + " has the values (" +
                    listed(rule_names) + "), but the handler of its endpoint takes (" +
                    listed(names) + "); defaults can supply the values that a rule does not have");
  }
  for (std::size_t i = 0; i < names.size(); ++i) {
    const parameter produced = rule.produces(names[i]);
    if (taken[i] == parameter::any || taken[i] == produced) continue;
    throw bad_route("aldis: the rule " + in_quotes(rule.text()) + " converts " +
                    in_quotes(names[i]) + " to " + std::string(name_of(produced)) +
                    ", but its handler takes " + std::string(name_of(taken[i])) +
                    " there; converters are string, path and any (text), int, float and uuid");
  }
}

std::string without_slashes_at_end(std::string text) {
  while (text.ends_with('/')) text.pop_back();
  return text;
}

/// Prefix and rule with exactly one slash between them, if neither is empty.
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
  const std::string name = lower(text);
  if (name.empty()) return same_site::unset;
  if (name == "strict") return same_site::strict;
  if (name == "lax") return same_site::lax;
  if (name == "none") return same_site::none;
  throw bad_setting("aldis: the setting SESSION_COOKIE_SAMESITE is Strict, Lax or None, not " +
                    in_quotes(text));
}

}  // namespace

app_state::app_state(app& of, std::string app_name, app_options app_folders)
    : self(of),
      name(std::move(app_name)),
      folders(std::move(app_folders)),
      commands(of),
      app_chain{&own_hooks},
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
  add_route(joined(url_path, "/<path:filename>"), {.endpoint = "static"},
            make_handler<handler>(send), blueprint);
}

void app_state::check_setup(std::string_view what) const {
  const setup_end by = setup_end_.load(std::memory_order_acquire);
  if (by == setup_end::none) return;
  throw std::logic_error("aldis: the app " + in_quotes(name) +
                         (by == setup_end::server ? " is being served" : " has handled a request") +
                         ": " + std::string(what) + " must be done before");
}

std::string app_state::choose_endpoint(const std::string& prefix, std::string_view text,
                                       const std::vector<std::string>& methods,
                                       const any_handler* handler) const {
  const auto known = endpoints.find(prefix + std::string(text));
  const bool is_free = known == endpoints.end() || !known->second.handler || !handler ||
                       handler->same_as(*known->second.handler);
  if (is_free) return std::string(text);
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
                          std::shared_ptr<any_handler> handler, const std::string& blueprint) {
  check_setup("adding routes");
  const std::string prefix = blueprint.empty() ? "" : blueprint + ".";
  std::string owner = blueprint;
  if (options.endpoint.empty()) {
    options.endpoint = choose_endpoint(prefix, text, options.methods, handler.get());
  } else if (const auto dot = options.endpoint.rfind('.'); dot != std::string::npos) {
    if (!blueprint.empty()) {
      throw bad_route("aldis: the rule " + in_quotes(text) +
                      ": an endpoint of a blueprint has no dots, " + in_quotes(options.endpoint) +
                      " has");
    }
    // An app may name an endpoint of a blueprint, even one that is registered later.
    owner = options.endpoint.substr(0, dot);
  }
  options.endpoint.insert(0, prefix);
  rule made{std::string(text), std::move(options)};

  const std::string& endpoint_name = made.options().endpoint;
  const auto known = endpoints.find(endpoint_name);
  const endpoint* const before = known == endpoints.end() ? nullptr : &known->second;
  if (before && before->handler && handler && !handler->same_as(*before->handler)) {
    throw bad_route("aldis: the rule " + in_quotes(text) + ": the endpoint " +
                    in_quotes(endpoint_name) +
                    " has another handler already; add_url_rule adds a rule for that one");
  }
  const bool blocks = handler && made.options().blocking;
  std::shared_ptr<any_handler> effective = std::move(handler);
  if (before && before->handler) effective = before->handler;
  const bool has_parameters = before && before->handler && !before->rules.empty();
  const std::vector<std::string> parameters =
      has_parameters ? before->parameters : made.argument_names();
  if (effective) {
    check_handler(made, *effective, parameters);
    if (before && !before->handler) {
      for (const rule* const each : before->rules) check_handler(*each, *effective, parameters);
    }
  }

  endpoint& to = get_endpoint(endpoint_name, owner);
  rule& added = rules.emplace_back(std::move(made));
  added.target = &to;
  to.handler = effective;
  to.blocking = to.blocking || blocks;
  // More variables first, then more defaults: the first rule that fits is the most specific.
  const auto less = [](const rule* a, const rule* b) {
    const auto key = [](const rule& r) {
      return std::pair(r.argument_names().size(), r.options().defaults.size());
    };
    return key(*a) > key(*b);
  };
  to.rules.insert(std::upper_bound(to.rules.begin(), to.rules.end(), &added, less), &added);
  if (effective) to.set_parameters(parameters);
  matcher.add(added);
}

void app_state::set_handler(std::string endpoint_name, std::shared_ptr<any_handler> handler,
                            const std::string& blueprint) {
  check_setup("setting the handlers of endpoints");
  std::string owner = blueprint;
  if (const auto dot = endpoint_name.rfind('.'); dot != std::string::npos) {
    if (!blueprint.empty()) {
      throw bad_route("aldis: an endpoint of a blueprint has no dots, " + in_quotes(endpoint_name) +
                      " has");
    }
    owner = endpoint_name.substr(0, dot);
  }
  if (!blueprint.empty()) endpoint_name.insert(0, blueprint + ".");
  const auto known = endpoints.find(endpoint_name);
  if (known != endpoints.end()) {
    const endpoint& before = known->second;
    if (before.handler && !before.handler->same_as(*handler)) {
      throw bad_route("aldis: the endpoint " + in_quotes(endpoint_name) +
                      " has another handler already");
    }
    if (before.handler) return;
  }
  // The rule that was added first determines the order of the values.
  std::vector<std::string> parameters;
  if (known != endpoints.end()) {
    const auto first = std::find_if(rules.begin(), rules.end(), [&](const rule& each) {
      return each.target == &known->second;
    });
    parameters = first->argument_names();
    for (const rule* const each : known->second.rules) check_handler(*each, *handler, parameters);
  }
  endpoint& to = get_endpoint(endpoint_name, owner);
  to.handler = std::move(handler);
  to.set_parameters(std::move(parameters));
}

endpoint& app_state::get_endpoint(const std::string& endpoint_name, const std::string& blueprint) {
  const auto [place, is_new] = endpoints.try_emplace(endpoint_name);
  endpoint& result = place->second;
  if (is_new) {
    result.name = endpoint_name;
    result.blueprint = blueprint;
    result.chain = chain_for(blueprint);
  }
  return result;
}

hook_chain app_state::chain_for(const std::string& blueprint) const {
  hook_chain chain = app_chain;
  for (std::size_t begin = 0; !blueprint.empty();) {
    const std::size_t dot = blueprint.find('.', begin);
    const auto found = blueprint_hooks.find(blueprint.substr(0, dot));
    if (found != blueprint_hooks.end()) chain.push_back(&found->second);
    if (dot == std::string::npos) break;
    begin = dot + 1;
  }
  return chain;
}

void endpoint::set_parameters(std::vector<std::string> names) {
  parameters = std::move(names);
  for (rule* const each : rules) {
    const std::vector<std::string> made = each->argument_names();
    each->order.clear();
    for (const std::string& parameter : parameters) {
      each->order.push_back(
          static_cast<std::size_t>(std::find(made.begin(), made.end(), parameter) - made.begin()));
    }
  }
}

void app_state::register_blueprint(blueprint_state& added, const registration& options,
                                   const std::string& outer_name, const std::string& outer_prefix) {
  check_setup("registering blueprints");
  const std::string& own_name = options.name.empty() ? added.name : options.name;
  const std::string full_name = outer_name.empty() ? own_name : outer_name + "." + own_name;
  if (blueprint_hooks.contains(full_name)) {
    throw std::invalid_argument(
        "aldis: a blueprint " + in_quotes(full_name) +
        " is registered already; registration{.name = ...} gives this added "
        "another name");
  }
  const std::string prefix = joined(
      outer_prefix, options.url_prefix.empty() ? added.options.url_prefix : options.url_prefix);
  if (!added.options.template_folder.empty()) {
    template_loaders.push_back(templates::from_folder(under_root(added.options.template_folder)));
  }
  added.registered = true;
  blueprint_hooks[full_name] = added.own_hooks;
  for (auto& [endpoint_name, each] : endpoints) each.chain = chain_for(each.blueprint);
  add_static_route(added.options.static_folder, joined(prefix, added.options.static_url_path),
                   full_name);
  // Hooks for the whole app are added once only.
  if (blueprints.insert(added.shared_from_this()).second) own_hooks.append(added.app_hooks);
  for (const blueprint_state::route& each : added.routes) {
    add_route(joined(prefix, each.rule), each.options, each.handler, full_name);
  }
  for (const blueprint_state::endpoint_handler& each : added.handlers) {
    set_handler(each.endpoint, each.handler, full_name);
  }
  for (const blueprint_state::inner& each : added.blueprints) {
    register_blueprint(*each.state, each.options, full_name, prefix);
  }
}

void app_state::read_settings() {
  detail::settings read;
  read.debug = flag(config, "DEBUG");
  read.testing = flag(config, "TESTING");
  read.propagate = config.get_if<bool>("PROPAGATE_EXCEPTIONS").value_or(read.testing || read.debug);
  read.trap_http_errors = flag(config, "TRAP_HTTP_EXCEPTIONS");
  read.server_name = text(config, "SERVER_NAME");
  read.preferred_scheme = text(config, "PREFERRED_URL_SCHEME", "http");
  read.root = without_slashes_at_end(joined("/", text(config, "APPLICATION_ROOT")));
  read.forms = {size(config, "MAX_FORM_MEMORY_SIZE"), size(config, "MAX_FORM_PARTS")};
  read.json_memory = config.get_if<std::size_t>("MAX_JSON_MEMORY");

  session_settings& session = read.session;
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

  // Written only if they have changed: contexts on other threads may be reading them.
  if (read == settings) return;
  if (read.debug && !settings.debug) logger.set_level(log_level::debug);
  settings = std::move(read);
}

void app_state::refresh() {
  if (setup_end_.load(std::memory_order_acquire) != setup_end::none) return;
  const std::lock_guard lock(setup_mutex_);
  if (setup_end_.load(std::memory_order_relaxed) == setup_end::none) read_settings();
}

void app_state::end_setup_once(setup_end what) {
  const std::lock_guard lock(setup_mutex_);
  const setup_end before = setup_end_.load(std::memory_order_relaxed);
  if (before == setup_end::none) read_settings();
  if (before < what) setup_end_.store(what, std::memory_order_release);
}

std::shared_ptr<boost::asio::io_context> app_state::borrow_io_context() {
  const std::lock_guard lock(io_contexts_mutex_);
  if (io_contexts_.empty()) return std::make_shared<boost::asio::io_context>(1);
  std::shared_ptr<boost::asio::io_context> io_context = std::move(io_contexts_.back());
  io_contexts_.pop_back();
  io_context->restart();
  return io_context;
}

void app_state::return_io_context(std::shared_ptr<boost::asio::io_context> io_context) {
  const std::lock_guard lock(io_contexts_mutex_);
  io_contexts_.push_back(std::move(io_context));
}

}  // namespace aldis::web::detail
