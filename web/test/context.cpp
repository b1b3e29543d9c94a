#include <aldis/web.hpp>
#include <aldis/web/context.hpp>

#include "life.hpp"
#include "server/test_loop.hpp"
#include <doctest/doctest.h>
#include <pthread.h>

#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

TEST_CASE("without a context nothing is current, and the message says how to make one") {
  CHECK(!web::has_app_context());
  CHECK(!web::has_request_context());
  CHECK_THROWS_WITH_AS(web::current_app(),
                       "aldis: current_app() needs the context of an app: that of a request, or "
                       "app.app_context()",
                       web::outside_of_context);
  CHECK_THROWS_AS(web::g(), web::outside_of_context);
  CHECK_THROWS_WITH_AS(web::current_request(),
                       "aldis: current_request() needs the context of a request; "
                       "app.test_request_context() makes one",
                       web::outside_of_context);
  CHECK_THROWS_AS(web::session(), web::outside_of_context);
}

TEST_CASE("g() keeps values of any type for the lifetime of a context") {
  web::app app;
  const auto here = app.app_context();
  web::g().set("number", 7);
  web::g().set("name", std::string("ana"));

  CHECK(web::g().get<int>("number") == 7);
  CHECK(web::g().find<int>("name") == nullptr);
  CHECK(web::g().get_or_make("made", [] { return 1.5; }) == 1.5);
  CHECK(web::g().names() == std::vector<std::string>{"made", "name", "number"});
  CHECK(web::g().remove("made"));
  CHECK(!web::g().remove("made"));
  CHECK_THROWS_WITH_AS(web::g().get<int>("nothing"), "aldis: g() has no 'nothing'",
                       std::out_of_range);
}

namespace {

/// Uses g() when its last copy is destroyed, and stores another value there.
struct last_will {
  explicit last_will(std::string& heard)
      : held(&heard, [](std::string* to) {
          *to += web::g().contains("one") ? "replaced " : "removed ";
          web::g().remove("one");
          web::g().set("heir", 1);
        }) {}
  std::shared_ptr<std::string> held;
};

}  // namespace

TEST_CASE("the destructor of a value in g() may use g()") {
  web::app app;
  const auto here = app.app_context();
  std::string heard;

  web::g().set("one", last_will(heard));
  CHECK(heard.empty());
  web::g().set("one", 7);
  CHECK(heard == "replaced ");
  CHECK(web::g().names() == std::vector<std::string>{"heir"});

  web::g().set("one", last_will(heard));
  CHECK(web::g().remove("one"));
  CHECK(heard == "replaced removed ");
  CHECK(web::g().names() == std::vector<std::string>{"heir"});
}

TEST_CASE("destructors of values in g() may use g() after the end of their context") {
  web::app app;
  std::string heard;
  const auto keep = [&heard, &app](const char* name) {
    web::g().set(name, std::shared_ptr<int>(new int(7), [&heard, &app, name](const int* number) {
                   delete number;
                   heard += std::string(name) + ":" + std::to_string(web::g().names().size());
                   heard += &web::current_app() == &app && !web::has_request_context() ? " " : "? ";
                   web::g().set("more", 1);
                 }));
  };
  app.get("/", [&] {
    keep("a");
    keep("b");
    web::after_this_request([kept = std::shared_ptr<int>(new int(1), [&](const int* number) {
                               delete number;
                               heard += web::g().contains("a") ? "function " : "? ";
                             })](web::response&) {});
    return "there";
  });
  const std::string all = "function a:1 b:1 ";

  {
    const auto here = app.app_context();
    keep("scope");
  }
  CHECK(heard == "scope:0 ");
  heard.clear();
  CHECK(web::test_client(app).get("/").body == "there");
  CHECK(heard == all);
  heard.clear();
  test_loop loop(app);
  loop.send(loop.connect(), "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  CHECK(heard == all);
  CHECK_FALSE(web::has_app_context());
}

namespace {

/// Calls `f` on a thread; returns true if the thread ended during the call.
template <class F>
bool ends_thread(F f) {
  struct work {
    F f;
    bool went_on = false;
  } one{std::move(f)};
  const auto run = [](void* given) -> void* {
    auto& all = *static_cast<work*>(given);
    all.f();
    all.went_on = true;
    return nullptr;
  };
  pthread_t thread{};
  REQUIRE(pthread_create(&thread, nullptr, run, &one) == 0);
  REQUIRE(pthread_join(thread, nullptr) == 0);
  return !one.went_on;
}

}  // namespace

TEST_CASE("if a thread is ended in anything that an app calls, its context is torn down") {
  web::app app;
  std::string path;
  const auto end_at = [&](std::string_view place) {
    if (path == place) pthread_exit(nullptr);
  };
  std::vector<std::string> ends;
  app.before_request([&] { end_at("before"); });
  app.after_request([&](web::response&) { end_at("after"); });
  app.errorhandler(404, [&] {
    end_at("error");
    return "none";
  });
  app.get("/", [&] {
    web::g().set("seen", 1);
    end_at("handler");
    return "there";
  });
  app.get("/stream", [&] {
    return web::stream_with_context(web::stream([&]() -> std::optional<std::string> {
      end_at("stream");
      return std::nullopt;
    }));
  });
  app.cli().command("leave", "Ends its thread.", [&](web::command_call&) { end_at("command"); });
  app.teardown_appcontext([&](const std::exception_ptr& error) {
    ends.push_back(path + ": " + (error ? web::describe(error) : "none"));
    end_at("teardown");
  });
  web::test_client client(app);
  const auto ends_at = [&](const char* place, auto call) {
    path = place;
    return ends_thread(call);
  };
  const auto get = [&] { static_cast<void>(client.get("/")); };

  CHECK(ends_at("before", get));
  CHECK(ends_at("handler", get));
  CHECK(ends_at("after", get));
  CHECK(ends_at("error", [&] { static_cast<void>(client.get("/none")); }));
  CHECK(ends_at("stream", [&] { static_cast<void>(client.get("/stream")); }));
  CHECK(ends_at("command", [&] { web::test_cli_runner(app).invoke({"leave"}); }));
  CHECK(ends_at("run", [&] { app.app_context().run([&] { end_at("run"); }); }));
  CHECK(ends_at("teardown", get));
  CHECK_FALSE(ends_at("nowhere", get));

  const std::string by_thread =
      ": aldis::web::left_by_exception: aldis: the thread of a context has ended";
  CHECK(ends == std::vector<std::string>{"before" + by_thread, "handler" + by_thread,
                                         "after" + by_thread, "error" + by_thread,
                                         "stream" + by_thread, "command" + by_thread,
                                         "run" + by_thread, "teardown: none", "nowhere: none"});
}

TEST_CASE("an entry of the session can be assigned to another, and outlives its key") {
  web::app app;
  app.config()["SECRET_KEY"] = "secret";
  app.test_request_context(web::request("GET", "/")).run([] {
    web::session()["a"] = "ann";
    web::session()["b"] = web::session()["a"];
    CHECK(web::session()["b"].value().as_text() == "ann");
    auto entry = web::session()[std::string(100, 'k')];
    entry = 7;
    CHECK(web::session().get(std::string(100, 'k')).as_integer() == 7);
  });
}

TEST_CASE("a body beyond MAX_CONTENT_LENGTH is rejected without calling the app") {
  web::app app;
  app.config()["MAX_CONTENT_LENGTH"] = 10;
  app.post("/", [](web::request& request) { return request.body(); });
  web::test_client client(app);

  CHECK(client.post("/", {.data = std::string(10, 'x')}).body == std::string(10, 'x'));
  bool heard = false;
  const aldis::scoped_connection listening =
      web::request_started.connect([&] { heard = true; }, aldis::from(app));
  CHECK(client.post("/", {.data = std::string(11, 'x')}).status == 413);
  CHECK_FALSE(heard);
}

TEST_CASE("exceptions of teardown at the end of a scope are logged") {
  web::app app;
  std::string logged;
  app.logger().set_sink([&](web::log_level, std::string_view text) { logged += text; });
  app.teardown_appcontext([] { throw std::runtime_error("lost"); });

  { const auto here = app.app_context(); }

  CHECK(logged ==
        "Tearing down a context failed: aldis::web::teardown_error: aldis: 1 error while tearing "
        "down: std::runtime_error: lost");
}

TEST_CASE("a copy of a request's context can be used on another thread, and outlives the request") {
  web::app app;
  life recorder(app);
  recorder.add_functions();
  std::function<std::string(const std::string&)> later;
  app.route("/page/<name>", [&](const std::string&) {
    web::session()["user"] = "ana";
    web::g().set("mine", 1);
    later = web::copy_current_request_context([&](const std::string& word) {
      recorder.add(web::g().contains("mine") ? "body(with g)" : "body");
      const web::request& request = web::current_request();
      return word + " " + std::string(request.path()) + " " + std::string(request.args()["q"]) +
             " " + std::string(web::session().get("user").as_text());
    });
    return "begun";
  });
  static_cast<void>(web::test_client(app).get("/page/one?q=2"));
  recorder.take();

  std::string response;
  std::thread([&] { response = later("hello"); }).join();
  CHECK(response == "hello /page/one 2 ana");
  CHECK(recorder.take() == "P body t2(None) t1(None) TR(None) ta(None) TA(None) O");

  CHECK(later("again") == "again /page/one 2 ana");
  CHECK(!web::has_app_context());
}
