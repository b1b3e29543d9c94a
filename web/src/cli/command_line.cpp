#include <aldis/web/app.hpp>
#include <aldis/web/command_line.hpp>

#include "cli/options.hpp"
#include "http/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <iterator>
#include <tuple>

namespace aldis::web {

bad_usage::~bad_usage() = default;

namespace {

const detail::option help_option{"--help", "", "Show this and exit."};
const detail::option debug_option{"--debug", "", "Set DEBUG: see exceptions, reload templates."};

const detail::options program_options{debug_option, help_option};
const detail::options run_options{
    {"--host", "HOST", "Where to listen."},
    {"--port", "PORT", "0 means a free port, which is shown."},
    {"--cert", "FILE", "The certificate in PEM, for TLS."},
    {"--key", "FILE", "Its private key in PEM."},
    debug_option,
    help_option,
};
const detail::options routes_options{
    {"--sort", "BY", "endpoint (the default), methods, rule, or added."},
    {"--all-methods", "", "Include HEAD and OPTIONS, which are added automatically."},
    help_option,
};

std::string usage_of(const detail::options& known) {
  return "[OPTIONS]\n\nOptions:\n" + detail::help_table(known);
}

std::uint16_t port_of(const std::string& text) {
  std::uint16_t port = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), port);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) {
    throw bad_usage("the port is a number from 0 to 65535, not " + detail::in_quotes(text));
  }
  return port;
}

int run_server(command_call& call, server_options options) {
  const detail::parsed_options parsed(call.arguments, run_options);
  if (parsed.has("--debug")) call.app.config()["DEBUG"] = true;
  if (const auto host = parsed.value("--host")) options.host = *host;
  if (const auto port = parsed.value("--port")) options.port = port_of(*port);
  const auto certificate = parsed.value("--cert");
  const auto key = parsed.value("--key");
  if (certificate.has_value() != key.has_value()) {
    throw bad_usage("--cert and --key must be used together");
  }
  if (certificate) options.certificate = *certificate;
  if (key) options.private_key = *key;
  call.app.run(options);
  return 0;
}

/// Endpoint, methods, rule.
using route_row = std::array<std::string, 3>;

std::vector<route_row> rows_of(const app& of, bool all_methods) {
  std::vector<route_row> rows;
  for (const route_info& each : of.routes()) {
    std::string methods;
    for (const std::string& method : each.methods) {
      if (!all_methods && (method == "HEAD" || method == "OPTIONS")) continue;
      methods += (methods.empty() ? "" : ", ") + method;
    }
    rows.push_back({each.endpoint, std::move(methods), each.rule});
  }
  return rows;
}

void sort_by(const std::string& what, std::vector<route_row>& rows) {
  if (what == "added") return;
  const std::array<std::string_view, 3> columns{"endpoint", "methods", "rule"};
  const auto found = std::find(columns.begin(), columns.end(), what);
  if (found == columns.end()) {
    throw bad_usage("routes are sorted by endpoint, methods, rule or added, not by " +
                    detail::in_quotes(what));
  }
  const auto column = static_cast<std::size_t>(found - columns.begin());
  std::sort(rows.begin(), rows.end(), [=](const route_row& a, const route_row& b) {
    return std::tie(a[column], a) < std::tie(b[column], b);
  });
}

int list_routes(command_call& call) {
  const detail::parsed_options parsed(call.arguments, routes_options);
  std::vector<route_row> rows = rows_of(call.app, parsed.has("--all-methods"));
  sort_by(parsed.value("--sort").value_or("endpoint"), rows);
  if (rows.empty()) {
    call.print("No routes were added.\n");
    return 0;
  }

  const route_row title{"Endpoint", "Methods", "Rule"};
  std::array<std::size_t, 3> widths{};
  const auto widen = [&](const route_row& row) {
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  };
  widen(title);
  for (const route_row& each : rows) widen(each);
  rows.insert(rows.begin(), {title,
                             {std::string(widths[0], '-'), std::string(widths[1], '-'),
                              std::string(widths[2], '-')}});
  std::string table;
  for (const auto& [endpoint, methods, rule] : rows) {
    table.append(endpoint).append(widths[0] - endpoint.size() + 2, ' ');
    table.append(methods).append(widths[1] - methods.size() + 2, ' ');
    table.append(rule).append("\n");
  }
  call.print(table);
  return 0;
}

bool is_command_name(std::string_view name) noexcept {
  return !name.empty() && name.front() != '-' &&
         name.find_first_of(" \t\r\n") == std::string_view::npos;
}

}  // namespace

command_line::command_line(web::app& app) : app_(app) {
  add("routes", "List the routes.", &list_routes);
  // Handled by dispatch(), which has the options of main(); listed here for its name and help.
  add("run", "Serve the app until Ctrl+C.", {});
}
command_line::~command_line() = default;

void command_line::add(std::string name, std::string help, function f) {
  if (!is_command_name(name)) {
    throw std::invalid_argument("aldis: " + detail::in_quotes(name) +
                                " is not the name of a command: it has a character at least, no "
                                "blanks, and does not begin with -");
  }
  const auto place = std::lower_bound(
      commands_.begin(), commands_.end(), name,
      [](const command_entry& each, const std::string& other) { return each.name < other; });
  if (place != commands_.end() && place->name == name) {
    throw std::invalid_argument("aldis: there is a command " + detail::in_quotes(name) +
                                " already");
  }
  commands_.insert(place, {std::move(name), std::move(help), std::move(f)});
}

const command_line::command_entry* command_line::find(std::string_view name) const noexcept {
  const auto found = std::find_if(commands_.begin(), commands_.end(),
                                  [&](const command_entry& each) { return each.name == name; });
  return found == commands_.end() ? nullptr : &*found;
}

std::string command_line::help() const {
  std::vector<detail::help_row> rows;
  rows.reserve(commands_.size());
  for (const command_entry& each : commands_) rows.push_back({each.name, each.help});
  return "Usage: " + program_ + " [OPTIONS] COMMAND [ARGUMENTS]\n\nOptions:\n" +
         detail::help_table(program_options) + "\nCommands:\n" + detail::help_table(rows);
}

int command_line::dispatch(command_call& call, const server_options& options) {
  std::vector<std::string>& arguments = call.arguments;
  const auto name = std::find_if(arguments.begin(), arguments.end(),
                                 [](const std::string& each) { return !each.starts_with('-'); });
  const detail::parsed_options before({arguments.begin(), name}, program_options);
  if (before.has("--help")) {
    call.print(help());
    return 0;
  }
  if (name == arguments.end()) {
    call.print_error(help());
    return 2;
  }
  const command_entry* const found = find(*name);
  if (!found) {
    throw bad_usage("there is no command " + detail::in_quotes(*name) + "; --help lists them");
  }
  arguments.erase(arguments.begin(), std::next(name));
  if (before.has("--debug")) app_.config()["DEBUG"] = true;

  if (!arguments.empty() && arguments.front() == "--help") {
    const std::string usage = found->name == "run"      ? usage_of(run_options)
                              : found->name == "routes" ? usage_of(routes_options)
                                                        : "[ARGUMENTS]\n";
    call.print(found->help + "\n\nUsage: " + program_ + " " + found->name + " " + usage);
    return 0;
  }
  if (!found->run) return run_server(call, options);
  int code = 0;
  app_.app_context().run([&] { code = found->run(call); });
  return code;
}

int command_line::call(std::vector<std::string> arguments, command_call::printer print,
                       command_call::printer print_error, const server_options& options) {
  command_call made{app_, std::move(arguments), std::move(print), std::move(print_error)};
  try {
    return dispatch(made, options);
  } catch (const bad_usage& error) {
    made.print_error("Usage: " + program_ + " [OPTIONS] COMMAND [ARGUMENTS]\nTry '" + program_ +
                     " --help' for help.\n\nError: " + error.what() + "\n");
    return 2;
  }
}

int command_line::main(int argc, const char* const* argv, const server_options& options) {
  if (argc > 0) {
    const std::string_view path = argv[0];
    program_ = path.substr(path.rfind('/') + 1);
  }
  try {
    return call(
        {argv + std::min(argc, 1), argv + argc},
        [](std::string_view text) { std::fwrite(text.data(), 1, text.size(), stdout); },
        [](std::string_view text) { std::fwrite(text.data(), 1, text.size(), stderr); }, options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "Error: %s\n", error.what());
    return 1;
  }
}

}  // namespace aldis::web
