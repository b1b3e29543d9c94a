// The order of hooks and signals, case by case. life.hpp explains the codes of the traces.

#include <aldis/web/signals.hpp>

#include "life.hpp"
#include <doctest/doctest.h>

#include <stdexcept>
#include <string>

namespace {

/// An app whose hooks and signals are recorded.
struct recorded {
  web::app app;
  life recorder{app};
  web::test_client client{app};

  recorded() { recorder.add_functions(); }
  void add(std::string_view what) { recorder.add(what); }
  std::string take() { return recorder.take(); }
  /// The trace of one GET.
  std::string trace_of(std::string_view target) {
    static_cast<void>(client.get(target));
    return take();
  }
};

}  // namespace

TEST_CASE("a plain request runs hooks and signals in Flask's order") {
  recorded r;
  r.app.route("/", [&] {
    r.add("view");
    web::after_this_request([&](web::response&) { r.add("atr"); });
    return "hello";
  });

  const web::client_response response = r.client.get("/");

  CHECK(response.status == 200);
  CHECK(response.body == "hello");
  CHECK(r.take() == in + "view atr a2 a1 save F(200)" + out());
}

TEST_CASE("HEAD runs the handler, and keeps the length of the body that is not sent") {
  recorded r;
  r.app.route("/", [&] {
    r.add("view");
    return "hello";
  });

  const web::client_response response = r.client.head("/");

  CHECK(response.body.empty());
  CHECK(response.headers["Content-Length"] == "5");
  CHECK(r.take() == in + "view a2 a1 save F(200)" + out());
}

TEST_CASE("a handler that flashes sends message_flashed") {
  recorded r;
  r.app.route("/", [&] {
    r.add("view-begin");
    web::flash("done", "info");
    r.add("view-end");
    return "hello";
  });

  CHECK(r.trace_of("/") == in + "view-begin M view-end a2 a1 save F(200)" + out());
}

TEST_CASE("an exception without a handler") {
  recorded r;
  r.app.route("/", [&]() -> std::string {
    r.add("view");
    throw std::out_of_range("no such key");
  });

  SUBCASE("becomes a 500") {
    const web::client_response response = r.client.get("/");
    CHECK(response.status == 500);
    CHECK(response.body.find("Internal Server Error") != std::string::npos);
    CHECK(r.take() == in + "view X(out_of_range) log a2 a1 save F(500)" + out("out_of_range"));
  }
  SUBCASE("a handler for 500 gets the original; teardown still gets the error") {
    r.app.errorhandler(500, [&](const web::http_error& e) {
      r.add("h(" + std::to_string(e.code()) + "," + type_of(e.original()) + ")");
      return std::pair("sorry", 500);
    });
    const web::client_response response = r.client.get("/");
    CHECK(response.body == "sorry");
    CHECK(r.take() == in + "view X(out_of_range) log h(500,out_of_range) a2 a1 save F(500)" +
                          out("out_of_range"));
  }
  const auto goes_to_the_caller = [&] {
    CHECK_THROWS_AS(r.client.get("/"), std::out_of_range);
    CHECK(r.take() == in + "view X(out_of_range)" + out("out_of_range"));
  };
  SUBCASE("is thrown to the caller with PROPAGATE_EXCEPTIONS") {
    r.app.config()["PROPAGATE_EXCEPTIONS"] = true;
    goes_to_the_caller();
  }
  SUBCASE("is thrown to the caller with TESTING") {
    r.app.config()["TESTING"] = true;
    goes_to_the_caller();
  }
  SUBCASE("is thrown to the caller with DEBUG") {
    r.app.config()["DEBUG"] = true;
    goes_to_the_caller();
  }
}

TEST_CASE("a path without a route is a 404 with all hooks and signals") {
  recorded r;
  r.app.route("/", [] { return "hello"; });

  SUBCASE("without a handler") {
    CHECK(r.client.get("/nowhere").status == 404);
    CHECK(r.take() == in + "a2 a1 save F(404)" + out());
  }
  SUBCASE("with an error handler") {
    r.app.errorhandler(404, [&] {
      r.add("h");
      return std::pair("nothing here", 404);
    });
    CHECK(r.client.get("/nowhere").body == "nothing here");
    CHECK(r.take() == in + "h a2 a1 save F(404)" + out());
  }
  SUBCASE("preprocessors see no endpoint and no values") {
    std::string seen = "not called";
    r.app.url_value_preprocessor([&](std::string_view endpoint, web::path_variables& values) {
      seen = std::string(endpoint) + "," + std::to_string(values.size());
    });
    static_cast<void>(r.client.get("/nowhere"));
    CHECK(seen == ",0");
  }
}

TEST_CASE("a 405 is handled like a 404; error handlers never get a redirect of the router") {
  recorded r;
  r.app.route("/folder/", [] { return "hello"; });
  r.app.errorhandler<std::exception>([&] {
    r.add("h");
    return std::pair("handled", 400);
  });

  const web::client_response sent_on = r.client.get("/folder");
  CHECK(sent_on.status == 308);
  CHECK(sent_on.headers["Location"] == "http://localhost/folder/");
  CHECK(r.take() == in + "a2 a1 save F(308)" + out());

  recorded plain;
  plain.app.route("/folder/", [] { return "hello"; });
  const web::client_response rejected = plain.client.post("/folder/");
  CHECK(rejected.status == 405);
  CHECK(rejected.headers["Allow"] == "GET, HEAD, OPTIONS");
  CHECK(plain.take() == in + "a2 a1 save F(405)" + out());
}

TEST_CASE("the framework responds to OPTIONS without calling the handler") {
  recorded r;
  r.app.route("/", {.methods = {"GET", "POST"}}, [&] {
    r.add("view");
    return "hello";
  });

  const web::client_response response = r.client.options("/");

  CHECK(response.status == 200);
  CHECK(response.headers["Allow"] == "GET, HEAD, OPTIONS, POST");
  CHECK(r.take() == in + "a2 a1 save F(200)" + out());
}

TEST_CASE("teardown functions do not get an exception that was handled") {
  recorded r;
  r.app.route("/", [&]() -> std::string {
    r.add("view");
    throw std::out_of_range("no such key");
  });
  r.app.errorhandler<std::logic_error>([&](const std::logic_error&) {
    r.add("h");
    return std::pair("unprocessable", 422);
  });

  CHECK(r.trace_of("/") == in + "view h a2 a1 save F(422)" + out());
}

TEST_CASE("abort ends the handler with an error") {
  recorded r;
  r.app.route("/<int:code>", [&](int code) -> std::string {
    r.add("view");
    web::abort(code);
  });

  SUBCASE("with an error handler for it") {
    r.app.errorhandler(403, [&](const web::http_error&) {
      r.add("h");
      return std::pair("keep out", 403);
    });
    CHECK(r.trace_of("/403") == in + "view h a2 a1 save F(403)" + out());
  }
  SUBCASE("without an error handler") {
    CHECK(r.trace_of("/410") == in + "view a2 a1 save F(410)" + out());
  }
  SUBCASE("also for 500, without got_request_exception") {
    CHECK(r.trace_of("/500") == in + "view a2 a1 save F(500)" + out());
  }
}

TEST_CASE("if before_request returns a response, the handler is not called") {
  recorded r;
  std::optional<std::string> response;
  r.app.before_request([&] { return response; });
  r.app.route("/", [&] {
    r.add("view");
    return "hello";
  });

  response = "from before";
  CHECK(r.client.get("/").body == "from before");
  CHECK(r.take() == in + "a2 a1 save F(200)" + out());

  response.reset();
  CHECK(r.trace_of("/") == in + "view a2 a1 save F(200)" + out());
}

TEST_CASE("the first before_request function that returns a response stops the others") {
  web::app app;
  std::string calls;
  app.before_request([&] {
    calls += "b1 ";
    return "first";
  });
  app.before_request([&] { calls += "b2 "; });
  app.route("/", [] { return "view"; });
  web::test_client client(app);

  CHECK(client.get("/").body == "first");
  CHECK(calls == "b1 ");
}

TEST_CASE("an exception of before_request is handled like one of the handler") {
  recorded r;
  r.app.before_request([] { throw std::length_error("too long"); });
  r.app.route("/", [] { return "hello"; });

  CHECK(r.trace_of("/") == in + "X(length_error) log a2 a1 save F(500)" + out("length_error"));
}

TEST_CASE("if after_request throws, the 500 is finalised once, and not again") {
  web::app app;
  life recorder(app);
  recorder.add_functions();
  app.after_request([&](web::response& r) {
    recorder.add("a3(" + std::to_string(r.status()) + ")");
    throw std::length_error("too long");
  });
  app.route("/", [&] {
    recorder.add("view");
    return "hello";
  });
  app.route("/broken", [&]() -> std::string {
    recorder.add("view");
    throw std::out_of_range("no such key");
  });
  web::test_client client(app);

  SUBCASE("after a handler that succeeded") {
    CHECK(client.get("/").status == 500);
    CHECK(recorder.take() ==
          in + "view a3(200) X(length_error) log a3(500) log" + out("length_error"));
  }
  SUBCASE("after a handler that threw, whose error stays the error") {
    CHECK(client.get("/broken").status == 500);
    CHECK(recorder.take() == in + "view X(out_of_range) log a3(500) log" + out("out_of_range"));
  }
}

TEST_CASE("an exception of an error handler becomes a 500") {
  recorded r;
  r.app.route("/", [&]() -> std::string {
    r.add("view");
    throw std::out_of_range("no such key");
  });
  r.app.errorhandler<std::out_of_range>([&]() -> std::string {
    r.add("h");
    throw std::length_error("too long");
  });

  CHECK(r.trace_of("/") ==
        in + "view h X(length_error) log a2 a1 save F(500)" + out("length_error"));
}

TEST_CASE("a handler that returns no response is a bad_response") {
  recorded r;
  r.app.route("/", [&]() -> std::optional<std::string> {
    r.add("view");
    return std::nullopt;
  });
  // A bad_response is not offered to error handlers by type.
  r.app.errorhandler<web::bad_response>([&] {
    r.add("h");
    return "handled";
  });

  CHECK(r.trace_of("/") == in + "view X(bad_response) log a2 a1 save F(500)" + out("bad_response"));
}

TEST_CASE(
    "an exception not derived from std::exception goes to the caller, past all error handlers") {
  recorded r;
  r.app.route("/", [&]() -> std::string {
    r.add("view");
    throw 42;
  });

  CHECK_THROWS_AS(r.client.get("/"), int);
  CHECK(r.take() == in + "view" + out("other"));
}

TEST_CASE("a stream runs after the request has ended") {
  recorded r;
  r.app.route("/", [&] {
    r.add("view");
    return web::stream([&, n = 0]() mutable -> std::optional<std::string> {
      r.add(web::has_request_context() ? "body(with context)" : "body");
      if (n == 2) return std::nullopt;
      return std::to_string(n++);
    });
  });

  const web::client_response response = r.client.get("/");

  CHECK(response.body == "01");
  CHECK(!response.headers.contains("Content-Length"));
  CHECK(r.take() == in + "view a2 a1 save F(200)" + out() + " body body body");
}

TEST_CASE("a stream with context runs before the context is torn down") {
  recorded r;
  bool fails = false;
  r.app.route("/", [&] {
    r.add("view");
    return web::stream_with_context(web::stream([&, n = 0]() mutable -> std::optional<std::string> {
      r.add("body(" + std::string(web::current_request().path()) + ")");
      if (fails) throw std::length_error("too long");
      if (n == 1) return std::nullopt;
      return std::to_string(n++);
    }));
  });

  SUBCASE("to its end") {
    CHECK(r.client.get("/").body == "0");
    CHECK(r.take() == in + "view a2 a1 save F(200) body(/) body(/)" + out());
  }
  SUBCASE("until it throws") {
    fails = true;
    CHECK_THROWS_AS(r.client.get("/"), std::length_error);
    CHECK(r.take() == in + "view a2 a1 save F(200) body(/)" + out("length_error"));
  }
  SUBCASE("not at all") {
    web::request request("GET", "/");
    { const web::response dropped = r.app.handle(request); }
    CHECK(r.take() == in + "view a2 a1 save F(200)" + out());
  }
  SUBCASE("not for HEAD") {
    CHECK(r.client.head("/").body.empty());
    CHECK(r.take() == in + "view a2 a1 save F(200)" + out());
  }
  CHECK(!web::has_app_context());
}

TEST_CASE("hooks of nested blueprints run from the outside in, and back") {
  web::app app;
  life recorder(app);
  const auto note = [&](std::string_view what) {
    return [&recorder, what] { recorder.add(what); };
  };
  const auto note_answer = [&](std::string_view what) {
    return [&recorder, what](web::response&) { recorder.add(what); };
  };
  const auto note_values = [&](std::string_view what) {
    return [&recorder, what](std::string_view, web::path_variables&) { recorder.add(what); };
  };
  app.url_value_preprocessor(note_values("pre(app)"));
  app.before_request(note("b1"));
  app.before_request(note("b2"));
  app.after_request(note_answer("a1"));
  app.after_request(note_answer("a2"));
  app.teardown_request(note("t1"));
  app.teardown_request(note("t2"));
  app.teardown_appcontext(note("ta"));

  web::blueprint outer("bp");
  outer.url_value_preprocessor(note_values("pre(bp)"));
  outer.before_app_request(note("bp.before_app"));
  outer.before_request(note("bp.before"));
  outer.after_request(note_answer("bp.after"));
  outer.after_app_request(note_answer("bp.after_app"));
  outer.teardown_request(note("bp.td"));
  outer.teardown_app_request(note("bp.td_app"));
  web::blueprint inner("inner");
  inner.url_value_preprocessor(note_values("pre(inner)"));
  inner.before_request(note("inner.before"));
  inner.after_request(note_answer("inner.after"));
  inner.teardown_request(note("inner.td"));
  inner.route("/page", [&] {
    recorder.add("view");
    web::after_this_request(note_answer("atr1"));
    web::after_this_request(note_answer("atr2"));
    return "hello";
  });
  outer.register_blueprint(inner);
  app.register_blueprint(outer, {.url_prefix = "/bp"});

  CHECK(web::test_client(app).get("/bp/page").body == "hello");
  CHECK(recorder.take() ==
        "P open S pre(app) pre(bp) pre(inner) b1 b2 bp.before_app bp.before inner.before view "
        "atr1 atr2 inner.after bp.after bp.after_app a2 a1 save F(200) "
        "inner.td bp.td bp.td_app t2 t1 TR(None) ta TA(None) O");
}

TEST_CASE("the context of an app sends its signals and runs teardown_appcontext") {
  recorded r;

  SUBCASE("around a body") {
    {
      auto here = r.app.app_context();
      r.add("body");
      CHECK(&web::current_app() == &r.app);
      CHECK(!web::has_request_context());
    }
    CHECK(r.take() == "P body ta(None) TA(None) O");
  }
  SUBCASE("run() passes the exception to teardown functions") {
    auto here = r.app.app_context();
    CHECK_THROWS_AS(here.run([&] {
      r.add("body");
      throw std::length_error("too long");
    }),
                    std::length_error);
    CHECK(r.take() == "P body ta(length_error) TA(length_error) O");
  }
  SUBCASE("a scope that an exception ends passes left_by_exception") {
    try {
      auto here = r.app.app_context();
      throw std::length_error("too long");
    } catch (const std::length_error&) {
    }
    CHECK(r.take() == "P ta(left_by_exception) TA(left_by_exception) O");
  }
  SUBCASE("pushed twice, it is torn down once") {
    {
      auto outer = r.app.app_context();
      {
        auto inner = outer.push();
        r.add("body");
      }
      r.add("still");
      CHECK(web::has_app_context());
    }
    CHECK(r.take() == "P body still ta(None) TA(None) O");
  }
  SUBCASE("two scopes, nested") {
    {
      auto outer = r.app.app_context();
      web::g().set("name", std::string("outer"));
      {
        auto inner = r.app.app_context();
        r.add("inner");
        CHECK(!web::g().contains("name"));
      }
      CHECK(web::g().get<std::string>("name") == "outer");
      r.add("outer");
    }
    CHECK(r.take() == "P P inner ta(None) TA(None) O outer ta(None) TA(None) O");
  }
  SUBCASE("a request inside of it has a separate one") {
    r.app.route("/", [&] {
      r.add(web::g().contains("name") ? "view(outer g)" : "view");
      return "hello";
    });
    {
      auto outer = r.app.app_context();
      web::g().set("name", 1);
      static_cast<void>(r.client.get("/"));
      CHECK(web::g().contains("name"));
    }
    CHECK(r.take() == "P " + in + "view a2 a1 save F(200)" + out() + " ta(None) TA(None) O");
  }
  CHECK(!web::has_app_context());
}

TEST_CASE("test_request_context runs only the teardown of a request, no other hooks or signals") {
  recorded r;
  r.app.route("/page", {.endpoint = "page"}, [] { return "hello"; });
  {
    auto here = r.app.test_request_context(web::request("GET", "/page?x=1"));
    r.add("body");
    CHECK(web::current_request().endpoint() == "page");
    CHECK(web::current_request().args()["x"] == "1");
  }
  CHECK(r.take() == "P open body t2(None) t1(None) TR(None) ta(None) TA(None) O");
}

TEST_CASE("a test client that follows redirects sends one request for each hop") {
  recorded r;
  r.app.route("/old", [] { return web::redirect("/new"); });
  r.app.route("/new", [] { return "here"; });

  const web::client_response response = r.client.get("/old", {.follow_redirects = true});

  CHECK(response.body == "here");
  CHECK(response.path == "/new");
  CHECK(response.history.size() == 1);
  CHECK(r.take() == in + "a2 a1 save F(303)" + out() + " " + in + "a2 a1 save F(200)" + out());
}

TEST_CASE("a test client that keeps contexts tears each one down twice") {
  recorded r;
  r.app.route("/", [] {
    web::g().set("seen", 1);
    return "hello";
  });
  r.app.route("/broken", []() -> std::string { throw std::out_of_range("no such key"); });
  const std::string request = in + "a2 a1 save F(200)" + out() + " P";

  SUBCASE("one after the other") {
    {
      const auto kept = r.client.keep_contexts();
      static_cast<void>(r.client.get("/"));
      r.add("user");
      CHECK(web::g().get<int>("seen") == 1);
      static_cast<void>(r.client.get("/"));
      r.add("user");
    }
    CHECK(r.take() == request + " user" + out() + " " + request + " user" + out());
  }
  SUBCASE("the second teardown knows of no error") {
    {
      const auto kept = r.client.keep_contexts();
      static_cast<void>(r.client.get("/broken"));
    }
    CHECK(r.take() ==
          in + "X(out_of_range) log a2 a1 save F(500)" + out("out_of_range") + " P" + out());
  }
  SUBCASE("no context is kept if the app let an exception out") {
    r.app.config()["TESTING"] = true;
    {
      const auto kept = r.client.keep_contexts();
      CHECK_THROWS_AS(r.client.get("/broken"), std::out_of_range);
      CHECK(!web::has_app_context());
    }
    CHECK(r.take() == in + "X(out_of_range)" + out("out_of_range"));
  }
  CHECK(!web::has_app_context());
}

TEST_CASE("session_transaction pushes two contexts, without running a request") {
  recorded r;
  r.app.route("/", [] { return web::session()["n"].as<std::string>(); });

  r.client.session_transaction([&](web::session_values& session) {
    r.add("body");
    session["n"] = "five";
  });

  CHECK(r.take() == "P open open" + out() + " body P save" + out());
  CHECK(r.client.get("/").body == "five");
}

TEST_CASE("a receiver can choose one of several apps") {
  web::app first("first");
  web::app second("second");
  for (web::app* const each : {&first, &second}) each->route("/", [] { return "hello"; });
  std::string heard;
  const aldis::scoped_connection one = web::request_started.connected_to(
      [&](web::app& app) { heard += app.name() + " "; }, aldis::from(first));

  static_cast<void>(web::test_client(first).get("/"));
  static_cast<void>(web::test_client(second).get("/"));

  CHECK(heard == "first ");
}

TEST_CASE("signals have their Flask names") {
  CHECK(&web::signals.named<void(web::app&)>("request-started") == &web::request_started);
  for (const char* const name :
       {"appcontext-pushed", "appcontext-popped", "appcontext-tearing-down",
        "got-request-exception", "message-flashed", "request-finished", "request-started",
        "request-tearing-down"}) {
    CHECK_MESSAGE(web::signals.contains(name), name);
  }
}
