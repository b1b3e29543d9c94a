#include <aldis/async/os_signal.hpp>
#include <aldis/connection.hpp>
#include <aldis/options.hpp>
#include <aldis/web/app.hpp>
#include <aldis/web/server.hpp>

#include <csignal>
#include <cstdio>
#include <string>

namespace aldis::web {

void app::run(const server_options& options) {
  server serving(*this, options);
  // After the second signal the receiver is disconnected, and the default action applies again.
  const auto stop = [&serving] { serving.stop(); };
  const scoped_connection interrupted = os_signal(SIGINT).connect(stop, times(2));
  const scoped_connection terminated = os_signal(SIGTERM).connect(stop, times(2));

  const std::string banner = " * Serving aldis app '" + name() +
                             "'\n * Debug mode: " + (config().get<bool>("DEBUG") ? "on" : "off") +
                             "\n * Running on " + serving.url() + "\nPress CTRL+C to quit\n";
  std::fputs(banner.c_str(), stderr);
  serving.run();
}

}  // namespace aldis::web
