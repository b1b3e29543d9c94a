// The code of docs/guide/web-coroutines.md.

//[includes]
#include <aldis/web.hpp>
#include <aldis/web/awaitable.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
//[/includes]

#include <doctest/doctest.h>

#include <string>
#include <thread>

namespace asio = boost::asio;
namespace web = aldis::web;

//[coroutine]
asio::awaitable<std::string> slow_greeting(std::string name) {
  co_await asio::post(asio::use_awaitable);  // a timer, a query, a request to another server
  co_return "hello " + name + ", from " + std::string(web::current_request().path());
}
//[/coroutine]

TEST_CASE("a coroutine can handle requests") {
  web::app app;

  //[route]
  app.get("/slow/<name>", [](const std::string& name) -> asio::awaitable<std::string> {
    return slow_greeting(name);
  });
  app.get("/gone", []() -> asio::awaitable<web::response> {
    co_await asio::post(asio::use_awaitable);
    co_return web::response("gone", 410);
  });
  //[/route]
  web::test_client client(app);

  CHECK(client.get("/slow/ann").body == "hello ann, from /slow/ann");
  CHECK(client.get("/gone").status == 410);
}
