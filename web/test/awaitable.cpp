// Coroutine handlers, and contexts across their suspensions.

#include <aldis/web/awaitable.hpp>

#include "life.hpp"
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <doctest/doctest.h>

#include <stdexcept>
#include <string>
#include <thread>

namespace asio = boost::asio;

namespace {

/// Resumes on the executor after everything else that is ready has run.
asio::awaitable<void> suspend() { co_await asio::post(asio::use_awaitable); }

asio::awaitable<std::string> path_after_suspension() {
  co_await suspend();
  co_return std::string(web::current_request().path());
}

}  // namespace

TEST_CASE("a coroutine may co_return everything that a handler may return") {
  web::app app;
  app.route("/text/<int:n>", [](int n) -> asio::awaitable<std::string> {
    co_await suspend();
    co_return "number " + std::to_string(n);
  });
  app.route("/response",
            []() -> asio::awaitable<web::response> { co_return web::response("gone", 410); });
  app.route("/none",
            []() -> asio::awaitable<std::optional<std::string>> { co_return std::nullopt; });
  web::test_client client(app);

  CHECK(client.get("/text/7").body == "number 7");
  CHECK(client.get("/response").status == 410);
  CHECK(client.get("/none").status == 500);
}

TEST_CASE("contexts are current again after suspensions, timers and other threads") {
  web::app app;
  asio::thread_pool pool(1);
  app.before_request([] { web::g().set("user", std::string("ana")); });
  app.route("/walk", [&]() -> asio::awaitable<std::string> {
    const std::thread::id here = std::this_thread::get_id();
    std::string seen;
    const auto look = [&] {
      seen += std::string(web::current_request().path()) + " " + web::g().get<std::string>("user") +
              (std::this_thread::get_id() == here ? "; " : "(elsewhere); ");
    };
    look();
    co_await suspend();
    look();
    asio::steady_timer timer(co_await asio::this_coro::executor, std::chrono::milliseconds(0));
    co_await timer.async_wait(asio::use_awaitable);
    look();
    // There is no context on the pool, but again after it.
    co_await asio::co_spawn(
        pool,
        [&]() -> asio::awaitable<void> {
          seen += web::has_app_context() ? "context on the pool; " : "none on the pool; ";
          co_return;
        },
        asio::use_awaitable);
    look();
    co_return seen;
  });

  CHECK(web::test_client(app).get("/walk").body ==
        "/walk ana; /walk ana; /walk ana; none on the pool; /walk ana; ");
  CHECK(!web::has_app_context());
}

TEST_CASE("branches of a coroutine share its context") {
  web::app app;
  app.route("/both", []() -> asio::awaitable<std::string> {
    using namespace asio::experimental::awaitable_operators;
    const auto [a, b] = co_await (path_after_suspension() && path_after_suspension());
    co_return a + b;
  });
  CHECK(web::test_client(app).get("/both").body == "/both/both");
}

TEST_CASE("a context scope inside of a coroutine belongs to it, also while it is suspended") {
  web::app app;
  web::app other("other");
  app.route("/", [&]() -> asio::awaitable<std::string> {
    std::string seen = web::current_app().name();
    {
      auto inside = other.app_context();
      co_await suspend();
      seen += " " + web::current_app().name();
    }
    co_await suspend();
    co_return seen + " " + web::current_app().name();
  });
  auto outer = other.app_context();

  CHECK(web::test_client(app).get("/").body == "app other app");
  CHECK(web::current_app().name() == "other");
}

TEST_CASE("a coroutine's request runs hooks and signals like any other") {
  web::app app;
  life recorder(app);
  recorder.add_functions();
  app.route("/", [&]() -> asio::awaitable<std::string> {
    recorder.add("view-begin");
    co_await suspend();
    recorder.add("view-end");
    web::after_this_request([&](web::response&) { recorder.add("atr"); });
    co_return "hello";
  });
  app.route("/broken", [&]() -> asio::awaitable<std::string> {
    recorder.add("view");
    co_await suspend();
    throw std::out_of_range("no such key");
  });
  app.route("/abort", [&]() -> asio::awaitable<std::string> {
    co_await suspend();
    web::abort(403);
  });
  web::test_client client(app);

  CHECK(client.get("/").body == "hello");
  CHECK(recorder.take() == in + "view-begin view-end atr a2 a1 save F(200)" + out());
  CHECK(client.get("/broken").status == 500);
  CHECK(recorder.take() == in + "view X(out_of_range) log a2 a1 save F(500)" + out("out_of_range"));
  CHECK(client.get("/abort").status == 403);
  CHECK(recorder.take() == in + "a2 a1 save F(403)" + out());
}
