#include <aldis/web/app.hpp>
#include <aldis/web/body.hpp>
#include <aldis/web/logger.hpp>
#include <aldis/web/server.hpp>

#include "client.hpp"
#include "requests.hpp"
#include "responses.hpp"
#include "running_server.hpp"
#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

namespace {

namespace web = aldis::web;
using namespace std::chrono_literals;
using texts = std::vector<std::string>;

struct running_site {
  running_site() {
    app.get("/", [] { return "hello"; });
    app.post("/echo", [](web::request& request) { return request.body(); });
    app.get("/large", [] { return std::string(5'000'000, 'x'); });
    app.get("/endless", [this] {
      return web::stream([this]() -> std::optional<std::string> {
        ++pieces;
        return std::string(1000, 'x');
      });
    });
    app.route("/wait", {.blocking = true}, [this]() -> std::string {
      waiting.set();
      return let_go.wait() ? "waited" : "forgotten";
    });
  }

  web::app app;
  std::atomic<int> pieces{0};
  event waiting;
  event let_go;
};

}  // namespace

TEST_CASE("a server listens on a free port, and returns it") {
  running_site it;
  web::server server(it.app, {.port = 0, .threads = 1, .access_log = false});
  CHECK(server.port() != 0);
  CHECK(server.url() == "http://127.0.0.1:" + std::to_string(server.port()));

  // A client that connects before the server runs waits.
  client early(server.port());
  CHECK(early.send(get("/")));
  std::thread thread([&] { server.run(); });
  CHECK(early.receive() == "200 hello");
  server.stop();
  thread.join();
  CHECK(early.receive_all().empty());
  CHECK_THROWS_AS(server.run(), std::logic_error);
}

TEST_CASE("a server that is stopped before it runs does not run") {
  running_site it;
  web::server server(it.app, {.port = 0});
  server.stop();
  server.run();
  CHECK_THROWS_AS(client(server.port()), std::system_error);
}

TEST_CASE("two servers cannot have the same port") {
  running_site it;
  const web::server first(it.app, {.port = 0});
  const std::string place = "127.0.0.1:" + std::to_string(first.port());
  const auto second = [&] { const web::server other(it.app, {.port = first.port()}); };
  CHECK_THROWS_WITH_AS(second(), ("cannot listen on " + place + ": Address already in use").c_str(),
                       std::system_error);
}

TEST_CASE("invalid options are rejected") {
  running_site it;
  const auto rejected = [&](const web::server_options& options) {
    const web::server server(it.app, options);
  };
  CHECK_THROWS_WITH_AS(rejected({.port = 0, .max_head_size = 255}),
                       "max_head_size must be at least 256", std::invalid_argument);
  CHECK_THROWS_WITH_AS(rejected({.port = 0, .max_connections = 0}),
                       "max_connections must be at least 1", std::invalid_argument);
  CHECK_THROWS_WITH_AS(rejected({.port = 0, .idle_timeout = 0ms}),
                       "a timeout must be greater than zero", std::invalid_argument);
  CHECK_THROWS_WITH_AS(rejected({.port = 0, .certificate = "a.pem"}),
                       "certificate and private_key must be given together", std::invalid_argument);
  CHECK_THROWS_AS(rejected({.port = 0, .certificate = "/nowhere", .private_key = "/nowhere"}),
                  std::runtime_error);
  CHECK_THROWS_AS(rejected({.host = "no such host"}), std::system_error);
}

TEST_CASE("an application whose settings cannot be read is not served") {
  running_site it;
  it.app.config()["SESSION_COOKIE_SAMESITE"] = "Laxx";
  const auto made = [&] { const web::server server(it.app, {.port = 0}); };
  CHECK_THROWS_AS(made(), web::bad_setting);
}

TEST_CASE("constructing a server ends the setup of its app") {
  running_site it;
  const web::server server(it.app, {.port = 0});
  CHECK_THROWS_AS(it.app.get("/late", [] { return "late"; }), std::logic_error);
}

TEST_CASE("concurrent requests on many connections all get their response") {
  running_site it;
  running_server server(it.app);
  std::atomic<int> right{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      for (int j = 0; j < 10; ++j) {
        client one(server.port());
        std::string all;
        for (int k = 0; k < 10; ++k)
          all += post("/echo", std::to_string(i * 100 + j * 10 + k)) + get("/");
        one.send(all);
        for (int k = 0; k < 10; ++k) {
          if (one.receive() == "200 " + std::to_string(i * 100 + j * 10 + k)) ++right;
          if (one.receive() == "200 hello") ++right;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(right == 4 * 10 * 20);
}

TEST_CASE("large bodies are received and sent") {
  running_site it;
  running_server server(it.app);
  client one(server.port());
  std::string body(3'000'000, 'a');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>('a' + i % 26);

  one.send(post("/echo", body));
  CHECK(one.receive() == "200 " + body);
  one.send(get("/large"));
  CHECK(one.receive() == "200 " + std::string(5'000'000, 'x'));
}

TEST_CASE("a handler that blocks does not delay other requests") {
  running_site it;
  running_server server(it.app, {.threads = 1});
  client slow(server.port());
  client quick(server.port());

  slow.send(get("/wait"));
  CHECK(it.waiting.wait());
  quick.send(get("/"));
  CHECK(quick.receive() == "200 hello");
  it.let_go.set();
  CHECK(slow.receive() == "200 waited");
}

TEST_CASE("a server that stops completes the requests it has read, and accepts no more") {
  running_site it;
  // One loop, so that if one connection is stopped, all are.
  running_server server(it.app, {.threads = 1});
  client slow(server.port());
  client idle(server.port());
  idle.send(get("/"));
  CHECK(idle.receive() == "200 hello");
  slow.send(get("/wait") + get("/"));
  CHECK(it.waiting.wait());

  server.begin_stop();
  CHECK(idle.receive_all().empty());
  CHECK_THROWS_AS(client(server.port()), std::system_error);
  it.let_go.set();
  CHECK(responses(slow.receive_all()) == texts{"200 waited (closes)"});
  server.stop();
}

TEST_CASE("slow clients get a 408, and do not affect ordinary ones") {
  running_site it;
  running_server server(it.app, {.threads = 1, .head_timeout = 10s, .idle_timeout = 1h});
  std::vector<client> slow;
  for (int i = 0; i < 300; ++i) {
    slow.emplace_back(server.port());
    slow.back().send("GET / HTTP/1.1\r\nA");
  }

  client quick(server.port());
  for (int i = 0; i < 10; ++i) {
    quick.send(get("/"));
    CHECK(quick.receive() == "200 hello");
  }
  for (client& one : slow) {
    server.advance_until_readable(one);
    CHECK(one.receive_all().substr(0, 12) == "HTTP/1.1 408");
  }
}

TEST_CASE("idle connections are closed, and one connection too many gets a 503") {
  running_site it;
  running_server server(it.app, {.threads = 1, .max_connections = 2, .idle_timeout = 30s});
  client first(server.port());
  client second(server.port());
  for (client* one : {&first, &second}) {
    one->send(get("/"));
    CHECK(one->receive() == "200 hello");
  }
  client third(server.port());
  CHECK(third.receive_all().substr(0, 12) == "HTTP/1.1 503");

  server.advance_until_readable(first);
  CHECK(first.receive_all().empty());
  CHECK(second.receive_all().empty());
  // Their places are free as soon as the third client has gone as well.
  third.close_sending();
  std::string response;
  for (int i = 0; i < 1000 && response != "200 hello"; ++i) {
    client again(server.port());
    again.send(get("/"));
    response = again.receive();
  }
  CHECK(response == "200 hello");
}

TEST_CASE("clients that reset their connection leave nothing running") {
  running_site it;
  running_server server(it.app, {.threads = 1});
  for (int i = 0; i < 50; ++i) {
    client in_head(server.port());
    in_head.send("GET / HT");
    in_head.reset();
    client in_body(server.port());
    in_body.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
    in_body.reset();
    client in_response(server.port());
    in_response.send(get("/large") + get("/large"));
    in_response.reset();
    client in_stream(server.port());
    in_stream.send(get("/endless"));
    in_stream.reset();
  }
  client one(server.port());
  one.send(get("/"));
  CHECK(one.receive() == "200 hello");
  // It returns, because no stream is being sent any more.
  server.stop();
}

TEST_CASE("a client that has closed its sending half gets its response, then the end") {
  running_site it;
  running_server server(it.app);
  client one(server.port());
  one.send(get("/") + get("/large"));
  one.close_sending();
  CHECK(responses(one.receive_all()) == texts{"200 hello", "200 5000000 bytes"});
}

TEST_CASE("garbage gets a 400, and the connection is closed") {
  running_site it;
  running_server server(it.app);
  std::mt19937 random(3);
  for (int i = 0; i < 100; ++i) {
    client one(server.port());
    std::string garbage = "(";
    for (int j = 0; j < 200; ++j) garbage.push_back(static_cast<char>(random() % 256));
    one.send(get("/") + garbage);
    const texts received = responses(one.receive_all());
    CHECK(received.size() == 2);
    CHECK(received[0] == "200 hello");
    CHECK(received[1].substr(0, 3) == "400");
  }
}

TEST_CASE("MAX_CONTENT_LENGTH limits the body") {
  running_site it;
  it.app.config()["MAX_CONTENT_LENGTH"] = 3;
  running_server server(it.app);
  client one(server.port());
  one.send(post("/echo", "abc"));
  CHECK(one.receive() == "200 abc");
  one.send(post("/echo", "abcd"));
  CHECK(one.receive().substr(0, 3) == "413");
}
