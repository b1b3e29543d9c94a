// Thousands of malicious clients, with ordinary ones among them.

#include <aldis/web/app.hpp>

#include "client.hpp"
#include "responses.hpp"
#include "running_server.hpp"
#include <doctest/doctest.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace web = aldis::web;
using namespace std::chrono_literals;
using texts = std::vector<std::string>;

const std::string hello = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const std::string echo = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc";

/// The number of clients that this process can have; each needs a descriptor here and in the
/// server.
std::size_t possible_clients() {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return 100;
  if (files.rlim_cur < files.rlim_max) {
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    getrlimit(RLIMIT_NOFILE, &files);
  }
  return static_cast<std::size_t>(std::min<rlim_t>(files.rlim_cur, 100'000) - 100) / 2;
}

struct attacked_site {
  attacked_site() {
    app.get("/", [] { return "hello"; });
    app.post("/echo", [](web::request& request) { return request.body(); });
    app.get("/large", [] { return std::string(1'000'000, 'x'); });
  }

  web::app app;
};

/// A malformed request, or random bytes.
std::string garbage(std::mt19937& random) {
  std::string bytes;
  const auto add_random = [&](std::size_t most) {
    for (std::size_t size = random() % most; size > 0; --size) {
      bytes.push_back(static_cast<char>(random() % 256));
    }
  };
  switch (random() % 4) {
    case 0:
      add_random(300);
      break;
    case 1:  // a request with some bytes changed
      bytes = random() % 2 == 0 ? hello : echo;
      for (std::size_t count = 1 + random() % 3; count > 0; --count) {
        bytes[random() % bytes.size()] = static_cast<char>(random() % 256);
      }
      break;
    case 2:  // a truncated request
      bytes = (random() % 2 == 0 ? hello : echo).substr(0, random() % 40);
      break;
    default:  // a field that must not be there
      bytes = "GET / HTTP/1.1\r\nHost: a\r\n";
      bytes += std::array{"Transfer-Encoding: ", "Content-Length: ", "Host: ", "X: "}[random() % 4];
      add_random(20);
      bytes += "\r\n\r\n";
  }
  return bytes;
}

}  // namespace

TEST_CASE("thousands of slow clients get a 408, and do not delay others") {
  const std::size_t slow = std::min<std::size_t>(3000, possible_clients());
  attacked_site it;
  running_server server(it.app, {.threads = 1,
                                 .max_connections = 10'000,
                                 .head_timeout = 10s,
                                 .body_timeout = 10s,
                                 .idle_timeout = 1h,
                                 .write_timeout = 1h});
  std::vector<client> clients;
  client quick(server.port());
  std::size_t served = 0;
  for (std::size_t i = 0; i < slow; ++i) {
    clients.emplace_back(server.port());
    // Stops in the head, in the body, or in a chunk.
    clients.back().send(std::array{"GET / HTTP/1.1\r\nHost: a\r\nA",
                                   "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc",
                                   "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
                                   "chunked\r\n\r\n5\r\nab"}[i % 3]);
    if (i % 10 == 0) {
      quick.send(hello);
      served += quick.receive() == "200 hello" ? 1U : 0U;
    }
  }
  CHECK(served == (slow + 9) / 10);

  std::size_t timed_out = 0;
  for (client& one : clients) {
    server.advance_until_readable(one);
    timed_out += one.receive_all().starts_with("HTTP/1.1 408") ? 1U : 0U;
  }
  CHECK(timed_out == slow);
  quick.send(hello);
  CHECK(quick.receive() == "200 hello");
}

TEST_CASE("thousands of clients that close their sending half or reset do no harm") {
  attacked_site it;
  running_server server(it.app, {.threads = 2});
  client quick(server.port());
  std::size_t right = 0;
  for (std::size_t i = 0; i < 1000; ++i) {
    client half(server.port());
    half.send(hello + echo + "GET / HT");
    half.close_sending();
    right += responses(half.receive_all()) == texts{"200 hello", "200 abc"} ? 1U : 0U;
    half.reset();

    client gone(server.port());
    gone.send(std::array<std::string_view, 4>{
        "GET", "GET /large HTTP/1.1\r\nHost: a\r\n\r\n", hello,
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc"}[i % 4]);
    gone.reset();

    quick.send(hello);
    right += quick.receive() == "200 hello" ? 1U : 0U;
  }
  CHECK(right == 2000);
  server.stop();
  CHECK(server.log().empty());
}

TEST_CASE("a hundred thousand requests get their responses, whatever garbage follows them") {
  constexpr std::size_t at_once = 20;
  attacked_site it;
  running_server server(it.app, {.threads = 2});
  std::mt19937 random(7);
  std::string requests;
  texts expected;
  for (std::size_t i = 0; i < at_once; ++i) {
    requests += i % 2 == 0 ? hello : echo;
    expected.emplace_back(i % 2 == 0 ? "200 hello" : "200 abc");
  }
  std::size_t right = 0;
  std::size_t rejected = 0;
  for (std::size_t done = 0; done < 100'000; done += at_once) {
    client one(server.port());
    one.send(requests + garbage(random));
    one.close_sending();
    texts received = responses(one.receive_all());
    one.reset();
    const texts rest(
        received.begin() + static_cast<std::ptrdiff_t>(std::min(at_once, received.size())),
        received.end());
    received.resize(std::min(at_once, received.size()));
    right += received == expected ? at_once : 0;
    // Garbage may be a valid request by chance; no response may be incomplete.
    for (const std::string& each : rest) {
      const bool whole = each.find("...") == std::string::npos;
      REQUIRE(whole);
      const bool is_rejection = each.starts_with("4") || each.starts_with("505");
      REQUIRE((each.starts_with("2") || is_rejection));
      rejected += is_rejection ? 1U : 0U;
    }
  }
  CHECK(right == 100'000);
  CHECK(rejected > 2000);
  server.stop();
  CHECK(server.log().empty());
}
