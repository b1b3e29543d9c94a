// The code of docs/guide/serving.md.

#include <aldis/web.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <thread>

namespace web = aldis::web;
using namespace std::chrono_literals;

TEST_CASE("a server can run on a separate thread") {
  web::app app;
  app.route("/", [] { return "hello"; });

  //[server]
  web::server server(app, {.port = 0, .access_log = false});  // listens already
  std::thread serving([&] { server.run(); });
  const std::string url = server.url();  // http://127.0.0.1:38273

  server.stop();  // finishes what runs
  serving.join();
  //[/server]

  CHECK(url == "http://127.0.0.1:" + std::to_string(server.port()));
}

TEST_CASE("limits are options of the server") {
  web::app app;

  //[limits]
  const web::server_options options{
      .host = "0.0.0.0",
      .port = 0,
      .max_body_size = 100 * 1024 * 1024,
      .max_connections = 50'000,
      .idle_timeout = 10s,
      .stop_timeout = 5s,
      .access_log = false,
  };
  web::server server(app, options);
  //[/limits]

  server.stop();
  server.run();
}

TEST_CASE("a blocking handler runs on the worker pool") {
  web::app app;

  //[blocking]
  app.route("/report", {.blocking = true}, [] {
    const int rows = 7;  // a query that takes its time
    return std::to_string(rows);
  });
  //[/blocking]

  CHECK(app.routes().size() >= 1);
}
