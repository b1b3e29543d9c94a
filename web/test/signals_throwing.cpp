// The effect of receivers that throw. No context is ever left behind.

#include "life.hpp"
#include <doctest/doctest.h>

#include <stdexcept>
#include <string>

namespace {

struct throwing {
  web::app app;
  life recorder{app};
  web::test_client client{app};
  bool armed = true;  // the first call throws

  throwing() {
    recorder.add_functions();
    app.route("/", [this] {
      recorder.add("view");
      web::flash("done");
      return "hello";
    });
    app.route("/broken", []() -> std::string { throw std::out_of_range("no such key"); });
  }

  /// A receiver that throws once.
  auto once() {
    return [this] {
      if (std::exchange(armed, false)) throw std::length_error("too long");
    };
  }
  std::string trace_of(std::string_view target, int status = 500) {
    CHECK(client.get(target).status == status);
    return checked();
  }
  std::string checked() {
    CHECK(!web::has_app_context());
    return recorder.take();
  }
};

const std::string failed = out("length_error");

}  // namespace

TEST_CASE("an exception of request_started is handled like one of the handler") {
  throwing t;
  const auto c = web::request_started.connected_to(t.once(), aldis::from(t.app));

  SUBCASE("without an error handler") {
    CHECK(t.trace_of("/") == "P open S X(length_error) log a2 a1 save F(500)" + failed);
  }
  SUBCASE("with an error handler") {
    t.app.errorhandler<std::length_error>([&] {
      t.recorder.add("h");
      return std::pair("long", 422);
    });
    CHECK(t.trace_of("/", 422) == "P open S h a2 a1 save F(422)" + out());
  }
}

TEST_CASE("abort in request_started ends the request with that error") {
  throwing t;
  const auto c =
      web::request_started.connected_to([](web::app&) { web::abort(403); }, aldis::from(t.app));
  CHECK(t.trace_of("/", 403) == "P open S a2 a1 save F(403)" + out());
}

TEST_CASE("an exception of message_flashed is handled like one of the handler") {
  throwing t;
  const auto c = web::message_flashed.connected_to(t.once(), aldis::from(t.app));
  CHECK(t.trace_of("/") == in + "view M X(length_error) log a2 a1 save F(500)" + failed);
}

TEST_CASE("if request_finished throws, the 500 is finalised again") {
  throwing t;
  const auto c = web::request_finished.connected_to(t.once(), aldis::from(t.app));
  CHECK(t.trace_of("/") ==
        in + "view M a2 a1 save F(200) X(length_error) log a2 a1 save F(500)" + failed);
}

TEST_CASE("if request_finished throws again, the 500 is sent unchanged") {
  throwing t;
  const auto c = web::request_finished.connected_to([] { throw std::length_error("too long"); },
                                                    aldis::from(t.app));
  CHECK(t.trace_of("/") ==
        in + "view M a2 a1 save F(200) X(length_error) log a2 a1 save F(500) log" + failed);
}

TEST_CASE("an exception of got_request_exception goes to the caller, the original to teardown") {
  throwing t;
  const auto c = web::got_request_exception.connected_to(t.once(), aldis::from(t.app));
  CHECK_THROWS_AS(t.client.get("/broken"), std::length_error);
  CHECK(t.checked() == in + "X(out_of_range)" + out("out_of_range"));
}

TEST_CASE("if teardown signals throw, all others run, and the errors are one teardown_error") {
  throwing t;
  const std::string whole = in + "view M a2 a1 save F(200)" + out();
  const auto check = [&](auto& signal) {
    const auto c = signal.connected_to(t.once(), aldis::from(t.app));
    CHECK_THROWS_AS(t.client.get("/"), web::teardown_error);
    CHECK(t.checked() == whole);
  };
  SUBCASE("request_tearing_down") { check(web::request_tearing_down); }
  SUBCASE("appcontext_tearing_down") { check(web::appcontext_tearing_down); }
  SUBCASE("appcontext_popped") { check(web::appcontext_popped); }
}

TEST_CASE("if teardown functions throw, all others run, and all errors are reported") {
  throwing t;
  t.app.teardown_request([] { throw std::length_error("first"); });
  t.app.teardown_request([] { throw std::out_of_range("second"); });
  t.app.teardown_appcontext([] { throw std::runtime_error("third"); });

  std::string errors;
  try {
    static_cast<void>(t.client.get("/"));
  } catch (const web::teardown_error& error) {
    for (const std::exception_ptr& each : error.errors()) errors += type_of(each) + " ";
    CHECK(std::string(error.what()) ==
          "aldis: 3 errors while tearing down: std::out_of_range: second; std::length_error: "
          "first; std::runtime_error: third");
  }

  CHECK(errors == "out_of_range length_error runtime_error ");
  CHECK(t.checked() == in + "view M a2 a1 save F(200)" + out());
}

TEST_CASE("if appcontext_pushed throws for a request, it is a 500 before anything else runs") {
  throwing t;
  const auto c = web::appcontext_pushed.connected_to(t.once(), aldis::from(t.app));

  SUBCASE("error handlers by type are not called") {
    t.app.errorhandler<std::length_error>([&] {
      t.recorder.add("h");
      return "handled";
    });
    CHECK(t.trace_of("/") == "P X(length_error) log a2 a1 open save F(500)" + failed);
  }
  SUBCASE("the next request is not affected") {
    static_cast<void>(t.trace_of("/"));
    CHECK(t.trace_of("/", 200) == in + "view M a2 a1 save F(200)" + out());
  }
}

TEST_CASE("if appcontext_pushed throws for a scope, there is no scope") {
  throwing t;
  const auto c = web::appcontext_pushed.connected_to(t.once(), aldis::from(t.app));

  SUBCASE("of an app") {
    CHECK_THROWS_AS(t.app.app_context(), std::length_error);
    CHECK(t.checked() == "P ta(length_error) TA(length_error) O");
  }
  SUBCASE("of a request") {
    CHECK_THROWS_AS(t.app.test_request_context(), std::length_error);
    CHECK(t.checked() == "P" + failed);
  }
}

TEST_CASE("receivers can change the response") {
  throwing t;
  t.armed = false;
  const auto put = web::appcontext_pushed.connected_to(
      [](web::app&) { web::g().set("from_receiver", std::string("here")); }, aldis::from(t.app));
  const auto sign = web::request_finished.connected_to(
      [](web::app&, web::response& response) {
        response.headers().set("X-Signed", web::g().get<std::string>("from_receiver"));
        // Too late for the cookie, since the session is saved already.
        web::session()["late"] = true;
      },
      aldis::from(t.app));

  const web::client_response response = t.client.get("/");

  CHECK(response.headers["X-Signed"] == "here");
  t.client.session_transaction(
      [](web::session_values& session) { CHECK(!session.contains("late")); });
}
