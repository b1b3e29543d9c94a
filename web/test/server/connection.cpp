#include <aldis/web/app.hpp>
#include <aldis/web/awaitable.hpp>
#include <aldis/web/body.hpp>
#include <aldis/web/signals.hpp>

#include "requests.hpp"
#include "responses.hpp"
#include "test_loop.hpp"
#include <boost/asio/awaitable.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <doctest/doctest.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

namespace asio = boost::asio;
namespace web = aldis::web;
using namespace std::chrono_literals;
using texts = std::vector<std::string>;

const web::server_options in_seconds{.max_head_size = 1000,
                                     .max_body_size = 100'000,
                                     .head_timeout = 10s,
                                     .body_timeout = 20s,
                                     .idle_timeout = 30s,
                                     .write_timeout = 40s,
                                     .stop_timeout = 50s,
                                     .access_log = false};

/// An app with handlers of all kinds.
struct site {
  site() {
    app.get("/", [] { return "hello"; });
    app.post("/echo", [](web::request& request) { return request.body(); });
    app.get("/large", [] { return std::string(200'000, 'x'); });
    app.get("/pieces", [] {
      return web::stream([n = 0]() mutable -> std::optional<std::string> {
        if (n == 3) return {};
        return std::to_string(++n);
      });
    });
    app.get("/broken", [] {
      return web::stream([n = 0]() mutable -> std::optional<std::string> {
        if (n == 1) throw std::runtime_error("the well is dry");
        return std::to_string(++n);
      });
    });
    app.get("/close", [] { return web::response("bye", 200, {{"Connection", "close"}}); });
    app.get("/slow", [this]() -> asio::awaitable<std::string> {
      timer.emplace(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
      boost::system::error_code error;
      co_await timer->async_wait(asio::redirect_error(asio::use_awaitable, error));
      const bool asked_to_stop = (co_await asio::this_coro::cancellation_state).cancelled() !=
                                 asio::cancellation_type::none;
      timer.reset();
      ends.emplace_back(asked_to_stop ? "cancelled" : "done");
      co_return "slow";
    });
  }

  web::app app;
  std::optional<asio::steady_timer> timer;  // while /slow waits
  texts ends;                               // how /slow ended
};

}  // namespace

TEST_CASE("pipelined requests get their responses in order, by one write") {
  site it;
  test_loop loop(it.app);
  fake_socket& client = loop.connect();

  loop.send(client, get("/") + post("/echo", "one") + get("/nowhere") + post("/echo", "two"));
  const texts received = responses(client.to_client);
  CHECK(received.size() == 4);
  CHECK(received[0] == "200 hello");
  CHECK(received[1] == "200 one");
  CHECK(received[2].substr(0, 3) == "404");
  CHECK(received[3] == "200 two");
  CHECK(client.writes.size() == 1);

  client.to_client.clear();
  loop.send(client, get("/"));
  CHECK(responses(client.to_client) == texts{"200 hello"});
  CHECK_FALSE(client.shut_down);
}

TEST_CASE("a request may arrive byte by byte, and a body in chunks") {
  site it;
  test_loop loop(it.app);
  fake_socket& client = loop.connect();
  client.max_read_size = 1;

  loop.send(client, get("/") +
                        "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                        "3\r\none\r\n8;a=b\r\n and two\r\n0\r\nA: b\r\n\r\n" +
                        get("/"));
  CHECK(responses(client.to_client) == texts{"200 hello", "200 one and two", "200 hello"});
}

TEST_CASE("a large body is sent in steps") {
  site it;
  test_loop loop(it.app);
  fake_socket& client = loop.connect();

  loop.send(client, get("/large") + get("/"));
  CHECK(responses(client.to_client) == texts{"200 200000 bytes", "200 hello"});
  CHECK(*std::max_element(client.writes.begin(), client.writes.end()) < 66'000);
}

TEST_CASE("a write that completes at once is not waited for, the rest of one that does not is") {
  site it;
  it.app.get("/middle", [] { return std::string(40'000, 'y'); });
  test_loop loop(it.app);
  const std::string asked = get("/") + get("/middle") + get("/large") + get("/pieces") + get("/");
  const texts expected{"200 hello", "200 40000 bytes", "200 200000 bytes", "200 123", "200 hello"};

  for (const std::size_t at_once :
       {0UL, 1UL, 10UL, 100UL, 300UL, 20'000UL, 50'000UL, 1'000'000UL}) {
    CAPTURE(at_once);
    fake_socket& client = loop.connect();
    client.immediate_write_size = at_once;
    loop.send(client, asked);
    CHECK(responses(client.to_client) == expected);
  }

  fake_socket& client = loop.connect();
  client.immediate_write_size = 1'000'000;
  loop.send(client, get("/") + get("/middle"));
  CHECK(responses(client.to_client) == texts{"200 hello", "200 40000 bytes"});
  CHECK(client.writes.empty());
}

TEST_CASE("the chunks of a stream are sent one by one") {
  site it;
  test_loop loop(it.app);
  fake_socket& client = loop.connect();

  client.accepts_data = false;
  loop.send(client, get("/pieces") + get("/"));
  CHECK(client.writing);
  CHECK(client.buffers[0].find("1\r\n1\r\n") != std::string_view::npos);
  CHECK(client.buffers[0].find("1\r\n2\r\n") == std::string_view::npos);

  client.accepts_data = true;
  loop.run_ready();
  CHECK(responses(client.to_client) == texts{"200 123", "200 hello"});
}

TEST_CASE("a stream ends with the connection in HTTP/1.0") {
  site it;
  test_loop loop(it.app);
  fake_socket& client = loop.connect();

  loop.send(client, "GET /pieces HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  CHECK(responses(client.to_client) == texts{"200 123 (closes)"});
  CHECK(client.shut_down);
}

TEST_CASE("a stream that throws is not ended like a complete one") {
  site it;
  test_loop loop(it.app);
  fake_socket& client = loop.connect();

  loop.send(client, get("/broken") + get("/"));
  CHECK(responses(client.to_client) == texts{"200 1..."});
  CHECK(client.destroyed);
  CHECK(loop.log ==
        texts{"A connection was closed during GET /broken: std::runtime_error: the well is dry"});
}

TEST_CASE("a file or a part of it is sent unchanged") {
  std::string path = "/tmp/aldis.XXXXXX";
  const int descriptor = mkstemp(path.data());
  const std::string content(150'000, 'f');
  CHECK(write(descriptor, content.data(), content.size()) == 150'000);
  close(descriptor);
  site it;
  it.app.get("/file", [&] { return web::response(web::file_slice(path)); });
  it.app.get("/part", [&] { return web::response(web::file_slice(path).subslice(10, 7)); });
  it.app.get("/none", [&] { return web::response(web::file_slice(path).subslice(10, 0)); });
  test_loop loop(it.app);
  fake_socket& client = loop.connect();

  loop.send(client, get("/file") + get("/part") + get("/none") + get("/"));
  CHECK(responses(client.to_client) ==
        texts{"200 150000 bytes", "200 fffffff", "200 ", "200 hello"});
  unlink(path.c_str());
}

TEST_CASE("a response to HEAD has no body") {
  site it;
  test_loop loop(it.app);
  fake_socket& client = loop.connect();

  loop.send(client, "HEAD / HTTP/1.1\r\nHost: a\r\n\r\nHEAD /pieces HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(responses(client.to_client, true) == texts{"200 ", "200 "});
  CHECK(field(client.to_client, "Content-Length") == "5");
}

TEST_CASE("the connection is closed if the client or the app asks for it") {
  site it;
  test_loop loop(it.app);
  const auto last_answer = [&](std::string_view bytes) {
    fake_socket& client = loop.connect();
    loop.send(client, std::string(bytes) + get("/"));
    // The connection lingers, so that the client can read the response.
    CHECK(client.shut_down);
    CHECK_FALSE(client.destroyed);
    client.half_closes = true;
    loop.run_ready();
    CHECK(client.destroyed);
    return responses(client.to_client);
  };

  CHECK(last_answer("GET / HTTP/1.0\r\n\r\n") == texts{"200 hello (closes)"});
  CHECK(last_answer(get("/", "Connection: close\r\n")) == texts{"200 hello (closes)"});
  CHECK(last_answer(get("/close")) == texts{"200 bye (closes)"});
  CHECK(loop.connections() == 0);
}

TEST_CASE("HTTP/1.0 keeps the connection only if asked to") {
  site it;
  test_loop loop(it.app);
  fake_socket& client = loop.connect();
  const std::string request = "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";

  loop.send(client, request + request);
  CHECK(responses(client.to_client) == texts{"200 hello", "200 hello"});
  CHECK(field(client.to_client, "Connection") == "keep-alive");
}

TEST_CASE("a client that expects 100 Continue gets it") {
  site it;
  test_loop loop(it.app);
  fake_socket& client = loop.connect();
  const std::string head =
      "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n"
      "Expect: 100-continue\r\n\r\n";

  loop.send(client, head);
  CHECK(responses(client.to_client) == texts{"100"});
  loop.send(client, "one");
  CHECK(responses(client.to_client) == texts{"100", "200 one"});
  // The client has not waited.
  loop.send(client, head + "two");
  CHECK(responses(client.to_client) == texts{"100", "200 one", "200 two"});
}

TEST_CASE("a body that will be rejected does not get 100 Continue") {
  site it;
  test_loop loop(it.app, in_seconds);
  fake_socket& client = loop.connect();

  loop.send(client,
            "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100001\r\n"
            "Expect: 100-continue\r\n\r\n");
  const texts received = responses(client.to_client);
  CHECK(received.size() == 1);
  CHECK(received[0].substr(0, 3) == "413");
}

TEST_CASE("nothing after a rejected request gets a response") {
  site it;
  test_loop loop(it.app, in_seconds);
  struct rejected {
    std::string bytes;
    std::string status;
  };
  for (const rejected& each : std::vector<rejected>{
           {"GET / HTTP/1.1\r\n\r\n", "400"},
           {"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
            "400"},
           {"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", "400"},
           {get("/" + std::string(2000, 'a')), "431"},
           {post("/echo", std::string(100'001, 'a')), "413"},
           {get("/", "Expect: miracles\r\n"), "417"},
       }) {
    CAPTURE(each.bytes.substr(0, 100));
    fake_socket& client = loop.connect();
    loop.send(client, get("/") + each.bytes + get("/"));
    const texts received = responses(client.to_client);
    CHECK(received.size() == 2);
    CHECK(received[0] == "200 hello");
    CHECK(received[1].substr(0, 3) == each.status);
    CHECK(field(client.to_client, "Connection") == "close");
    CHECK(client.shut_down);
    CHECK_FALSE(client.destroyed);
    client.half_closes = true;
    loop.run_ready();
    CHECK(client.destroyed);
  }
}

TEST_CASE("input after the last response is dropped for a while, not for ever") {
  site it;
  test_loop loop(it.app, in_seconds);
  fake_socket& quick = loop.connect();
  fake_socket& slow = loop.connect();
  const std::string much(2'000'000, 'a');

  loop.send(quick, get("/", "Connection: close\r\n") + much);
  CHECK(quick.destroyed);
  CHECK(responses(quick.to_client) == texts{"200 hello (closes)"});

  loop.send(slow, get("/", "Connection: close\r\n") + "more");
  CHECK_FALSE(slow.destroyed);
  loop.advance(5s);
  CHECK(slow.destroyed);
}

TEST_CASE("an idle connection is closed without a response") {
  site it;
  test_loop loop(it.app, in_seconds);
  fake_socket& silent = loop.connect();
  fake_socket& again = loop.connect();

  loop.advance(29s);
  loop.send(again, get("/"));
  CHECK_FALSE(silent.destroyed);
  loop.advance(1s);
  CHECK(silent.destroyed);
  CHECK(silent.to_client.empty());
  loop.advance(28s);
  CHECK_FALSE(again.destroyed);
  loop.advance(1s);
  CHECK(again.destroyed);
  CHECK(responses(again.to_client) == texts{"200 hello"});
}

TEST_CASE("a head must be complete in time, however steadily it arrives") {
  site it;
  test_loop loop(it.app, in_seconds);
  fake_socket& client = loop.connect();
  loop.advance(20s);

  loop.send(client, "GET / HTTP/1.1\r\n");
  for (int i = 0; i < 9; ++i) {
    loop.advance(1s);
    loop.send(client, "A: b\r\n");
  }
  CHECK(client.to_client.empty());
  loop.advance(1s);
  CHECK(responses(client.to_client)[0].substr(0, 3) == "408");
  CHECK(client.shut_down);
}

TEST_CASE("a body must arrive in time, and a large one has more time") {
  site it;
  test_loop loop(it.app, in_seconds);
  fake_socket& steady = loop.connect();
  fake_socket& slow = loop.connect();
  const std::string head = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 80000\r\n\r\n";

  loop.send(steady, head);
  loop.send(slow, head);
  for (int i = 0; i < 5; ++i) {
    CHECK(steady.to_client.empty());
    loop.advance(19s);
    loop.send(steady, std::string(16'384, 'a').substr(0, i == 4 ? 80'000 - 4 * 16'384 : 16'384));
    if (i == 0) {
      CHECK(slow.to_client.empty());
      loop.send(slow, std::string(16'383, 'a'));
    }
  }
  CHECK(responses(steady.to_client) == texts{"200 80000 bytes"});
  CHECK(responses(slow.to_client)[0].substr(0, 3) == "408");
}

TEST_CASE("a client that does not receive its response is disconnected") {
  site it;
  test_loop loop(it.app, in_seconds);
  fake_socket& client = loop.connect();
  client.accepts_data = false;

  loop.send(client, get("/large"));
  loop.advance(39s);
  CHECK_FALSE(client.destroyed);
  loop.advance(1s);
  CHECK(client.destroyed);
}

TEST_CASE("one connection too many gets a 503") {
  site it;
  test_loop loop(it.app, in_seconds);
  fake_socket& client = loop.connect(true);

  CHECK(responses(client.to_client)[0].substr(0, 3) == "503");
  CHECK(client.shut_down);
  client.half_closes = true;
  loop.run_ready();
  CHECK(client.destroyed);
}

TEST_CASE("a client that has closed its sending half gets its responses") {
  site it;
  test_loop loop(it.app);
  fake_socket& client = loop.connect();
  client.half_closes = true;

  loop.send(client, get("/") + get("/slow"));
  CHECK(it.timer);
  CHECK_FALSE(client.destroyed);
  it.timer->cancel();
  loop.run_ready();
  CHECK(responses(client.to_client) == texts{"200 hello", "200 slow"});
  CHECK(client.destroyed);

  fake_socket& half = loop.connect();
  half.half_closes = true;
  loop.send(half, "GET / HTT");
  CHECK(half.destroyed);
  CHECK(half.to_client.empty());
}

TEST_CASE("a coroutine is cancelled when its client has gone") {
  site it;
  test_loop loop(it.app);
  fake_socket& client = loop.connect();

  loop.send(client, get("/slow"));
  CHECK(it.timer);
  client.resets = true;
  loop.run_ready();
  CHECK(it.ends == texts{"cancelled"});
  CHECK(client.destroyed);
}

TEST_CASE("a coroutine that ends because of its cancellation is not an error") {
  site it;
  texts torn_down;
  bool handled = false;
  it.app.get("/wait", [&]() -> asio::awaitable<std::string> {
    asio::steady_timer forever(co_await asio::this_coro::executor,
                               asio::steady_timer::time_point::max());
    co_await forever.async_wait(asio::use_awaitable);
    co_return "never";
  });
  it.app.errorhandler<std::exception>([&] {
    handled = true;
    return "an error";
  });
  it.app.teardown_request(
      [&](const std::exception_ptr& error) { torn_down.push_back(web::describe(error)); });
  bool heard = false;
  const aldis::scoped_connection listening =
      web::got_request_exception.connect([&] { heard = true; }, aldis::from(it.app));
  test_loop loop(it.app);
  fake_socket& client = loop.connect();

  loop.send(client, get("/wait"));
  client.resets = true;
  loop.run_ready();
  CHECK(client.destroyed);
  CHECK(torn_down.size() == 1);
  CHECK(torn_down[0].find("cancel") != std::string::npos);
  CHECK_FALSE(handled);
  CHECK_FALSE(heard);
  CHECK(loop.log.empty());
}

TEST_CASE("a response does not wait for the handler of a later pipelined request") {
  for (const std::size_t at_once : {0UL, 10UL, 1'000'000UL}) {
    CAPTURE(at_once);
    site it;
    test_loop loop(it.app);
    fake_socket& client = loop.connect();
    client.immediate_write_size = at_once;

    loop.send(client, get("/") + get("/slow") + get("/large") + get("/"));
    CHECK(responses(client.to_client) == texts{"200 hello"});
    it.timer->cancel();
    loop.run_ready();
    CHECK(responses(client.to_client) ==
          texts{"200 hello", "200 slow", "200 200000 bytes", "200 hello"});
  }
}

TEST_CASE("a response waits until the one before it has been written") {
  site it;
  test_loop loop(it.app);
  fake_socket& client = loop.connect();

  client.accepts_data = false;
  loop.send(client, get("/") + get("/slow") + get("/pieces"));
  it.timer->cancel();
  loop.run_ready();
  CHECK(client.to_client.empty());
  client.accepts_data = true;
  loop.run_ready();
  CHECK(responses(client.to_client) == texts{"200 hello", "200 slow", "200 123"});
}

TEST_CASE("requests that arrive during a coroutine are handled after it") {
  site it;
  test_loop loop(it.app);
  fake_socket& client = loop.connect();

  loop.send(client, get("/slow"));
  loop.send(client, get("/"));
  CHECK(client.to_client.empty());
  it.timer->cancel();
  loop.run_ready();
  CHECK(responses(client.to_client) == texts{"200 slow", "200 hello"});
}

TEST_CASE("no more input than fits into the buffer is read during a coroutine") {
  site it;
  test_loop loop(it.app, in_seconds);
  fake_socket& client = loop.connect();

  loop.send(client, get("/slow"));
  const std::string many(1'000'000, '\n');
  loop.send(client, many);
  CHECK(client.to_server.size() > many.size() - 200'000);
  it.timer->cancel();
  loop.run_ready();
  CHECK(responses(client.to_client)[0] == "200 slow");
}

TEST_CASE("a server that stops closes idle connections, and completes requests") {
  site it;
  test_loop loop(it.app, in_seconds);
  fake_socket& idle = loop.connect();
  fake_socket& in_head = loop.connect();
  fake_socket& in_body = loop.connect();
  fake_socket& in_handler = loop.connect();
  fake_socket& in_response = loop.connect();
  loop.send(idle, get("/"));
  loop.send(in_head, "GET / HTTP/1.1\r\nHo");
  loop.send(in_body, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\no");
  loop.send(in_handler, get("/slow") + get("/"));
  in_response.accepts_data = false;
  loop.send(in_response, get("/pieces") + get("/"));

  loop.stop();
  CHECK(idle.destroyed);
  CHECK(in_head.destroyed);
  CHECK(in_head.to_client.empty());
  CHECK(loop.connections() == 3);

  in_response.accepts_data = true;
  loop.send(in_body, "ne" + get("/"));
  it.timer->cancel();
  loop.run_ready();
  CHECK(responses(in_body.to_client) == texts{"200 one (closes)"});
  CHECK(responses(in_handler.to_client) == texts{"200 slow (closes)"});
  CHECK(responses(in_response.to_client) == texts{"200 123"});
  for (fake_socket* client : {&in_body, &in_handler, &in_response}) {
    CHECK(client->shut_down);
    client->half_closes = true;
  }
  loop.run_ready();
  CHECK(loop.connections() == 0);
  CHECK(it.ends == texts{"done"});
}

TEST_CASE("a server that stops closes all connections after the stop timeout") {
  site it;
  test_loop loop(it.app, in_seconds);
  fake_socket& client = loop.connect();
  loop.send(client, get("/slow"));

  loop.stop();
  loop.advance(49s);
  CHECK(it.timer);
  loop.advance(1s);
  CHECK(it.ends == texts{"cancelled"});
  CHECK(client.destroyed);
  CHECK(client.to_client.empty());
  CHECK(loop.connections() == 0);
}

TEST_CASE("a server that is stopped twice does not wait") {
  site it;
  test_loop loop(it.app, in_seconds);
  fake_socket& client = loop.connect();
  loop.send(client, get("/slow"));

  loop.stop();
  CHECK(it.timer);
  loop.stop();
  CHECK(it.ends == texts{"cancelled"});
  CHECK(client.destroyed);
}

TEST_CASE("an exception that an app lets out is logged with its request, and is a 500") {
  site it;
  bool debug = false;
  SUBCASE("with PROPAGATE_EXCEPTIONS") { it.app.config()["PROPAGATE_EXCEPTIONS"] = true; }
  SUBCASE("in debug mode, which shows it") { it.app.config()["DEBUG"] = debug = true; }
  it.app.get("/throws", []() -> std::string { throw std::runtime_error("no more tea"); });
  test_loop loop(it.app);
  fake_socket& client = loop.connect();

  loop.send(client, get("/throws?a=b") + get("/"));
  const texts received = responses(client.to_client);
  CHECK(received.size() == 2);
  CHECK(received[0].substr(0, 3) == "500");
  CHECK((client.to_client.find("no more tea") != std::string::npos) == debug);
  CHECK(received[1] == "200 hello");
  CHECK(loop.log == texts{"Exception on GET /throws: std::runtime_error: no more tea"});
}

TEST_CASE("production logs as much of an exception as debug mode") {
  site it;
  texts log;
  it.app.logger().set_sink([&](web::log_level, std::string_view line) { log.emplace_back(line); });
  it.app.get("/throws", []() -> std::string { throw std::runtime_error("no more tea"); });
  test_loop loop(it.app);
  fake_socket& client = loop.connect();

  loop.send(client, get("/throws?a=b"));
  CHECK(client.to_client.find("tea") == std::string::npos);
  CHECK(log == texts{"Exception on GET /throws: std::runtime_error: no more tea"});
  CHECK(loop.log == texts());
}

TEST_CASE("the access log has a line for each request, also for rejected ones") {
  site it;
  web::server_options options = in_seconds;
  options.access_log = true;
  test_loop loop(it.app, options);
  fake_socket& client = loop.connect();
  const auto without_time = [](std::string line) {
    line.erase(line.find('['), line.find(']') - line.find('[') + 1);
    return line;
  };

  loop.send(client, get("/?a=b") + post("/nowhere", "x") + "(garbage");
  texts lines;
  for (const std::string& line : loop.log) lines.push_back(without_time(line));
  CHECK(lines == texts{R"(192.0.2.1 - -  "GET /?a=b HTTP/1.1" 200 -)",
                       R"(192.0.2.1 - -  "POST /nowhere HTTP/1.1" 404 -)",
                       R"(192.0.2.1 - -  "-" 400 -)"});
}

TEST_CASE("an app sees address, host and target of a request") {
  site it;
  it.app.route("/tell", {.methods = {"GET", "POST"}}, [](web::request& request) {
    return std::string(request.method()) + " " + std::string(request.host()) + " " +
           std::string(request.remote_address()) + " " + std::string(request.scheme()) + " " +
           std::to_string(request.version()) + " " + request.body() + " " +
           std::string(request.headers()["x"]);
  });
  test_loop loop(it.app);
  fake_socket& client = loop.connect();

  loop.send(client, get("/tell", "X: y\r\n") + post("/tell", "body") +
                        "GET http://b/tell HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" +
                        get("/tell"));
  CHECK(responses(client.to_client) ==
        texts{"200 GET a 192.0.2.1 http 11  y", "200 POST a 192.0.2.1 http 11 body ",
              "200 GET b 192.0.2.1 http 10  ", "200 GET a 192.0.2.1 http 11  "});
}

TEST_CASE("OPTIONS * gets a response from the server itself") {
  site it;
  int asked = 0;
  it.app.before_request([&] { ++asked; });
  test_loop loop(it.app, in_seconds);
  const std::string options = "OPTIONS * HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc";
  fake_socket& client = loop.send(loop.connect(), options + options + get("/"));
  CHECK(responses(client.to_client) == texts{"200 ", "200 ", "200 hello"});
  const std::string head = client.to_client.substr(0, client.to_client.find("\r\n\r\n"));
  CHECK(field(head, "Content-Length") == "0");
  CHECK(field(head, "Content-Type").empty());
  CHECK(asked == 1);

  fake_socket& other = loop.send(loop.connect(), "GET * HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(responses(other.to_client)[0].substr(0, 3) == "400");
}

TEST_CASE("a hundred thousand requests, many followed by garbage, leave nothing behind") {
  site it;
  test_loop loop(it.app, in_seconds);
  std::mt19937 random(5);
  std::size_t received = 0;
  std::size_t rejected = 0;
  for (int connection = 0; connection < 10'000; ++connection) {
    fake_socket& client = loop.connect();
    std::size_t good = random() % 20;
    std::string bytes;
    for (std::size_t i = 0; i < good; ++i) bytes += i % 2 == 0 ? get("/") : post("/echo", "abc");
    // It cannot be a request: no method begins with this byte.
    std::string garbage = "(";
    for (std::size_t size = random() % 100; size > 0; --size) {
      garbage.push_back(static_cast<char>(random() % 256));
    }
    client.half_closes = true;
    loop.send(client, bytes + garbage);
    const texts all = responses(client.to_client);
    CHECK(all.size() == good + 1);
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (all[i].substr(0, 3) == "200") ++received;
      if (all[i].substr(0, 3) == "400") ++rejected;
    }
    CHECK(client.destroyed);
    loop.erase_destroyed();
  }
  CHECK(rejected == 10'000);
  CHECK(received > 80'000);
  CHECK(loop.connections() == 0);
}
