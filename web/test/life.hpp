#pragma once

// Records signals and hooks as a trace: a code for each, in the order in which they run.
// docs/life-of-a-request.md describes the order.
//
//     P  O              appcontext_pushed, appcontext_popped
//     S  F(status)      request_started, request_finished
//     M  X(type)        message_flashed, got_request_exception
//     TR(type)          request_tearing_down
//     TA(type)          appcontext_tearing_down
//     pre  b1  a1       functions given to url_value_preprocessor, before_request, after_request
//     t1(type) ta(type) functions given to teardown_request, teardown_appcontext
//     open  save        the session
//     log               an error was logged
//
// `type` is the type of an exception, or None. Tests add codes for their handlers: view, atr.

#include <aldis/web.hpp>

#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <typeinfo>
#include <utility>
#include <vector>

namespace web = aldis::web;

/// The name of an exception's type in traces; None without an exception.
inline std::string type_of(const std::exception_ptr& error) {
  if (!error) return "None";
  try {
    std::rethrow_exception(error);
  } catch (const web::http_error& e) {
    return "http_error " + std::to_string(e.code());
  } catch (const web::teardown_error&) {
    return "teardown_error";
  } catch (const web::bad_response&) {
    return "bad_response";
  } catch (const web::left_by_exception&) {
    return "left_by_exception";
  } catch (const std::out_of_range&) {
    return "out_of_range";
  } catch (const std::invalid_argument&) {
    return "invalid_argument";
  } catch (const std::length_error&) {
    return "length_error";
  } catch (const std::logic_error&) {
    return "logic_error";
  } catch (const std::runtime_error&) {
    return "runtime_error";
  } catch (const std::exception&) {
    return "exception";
  } catch (...) {
    return "other";
  }
}

class life {
  auto with_type(std::string code) {
    return [this, code](web::app&, const std::exception_ptr& e) {
      add(code + "(" + type_of(e) + ")");
    };
  }

 public:
  explicit life(web::app& app) : app_(app) {
    app.set_session_interface(std::make_shared<recorded_sessions>(*this));
    app.logger().set_sink([this](web::log_level level, std::string_view) {
      if (level == web::log_level::error) add("log");
    });
    app.config()["SECRET_KEY"] = "dev-secret";
    heard_ += web::appcontext_pushed.connect([this] { add("P"); }, aldis::from(app));
    heard_ += web::request_started.connect([this] { add("S"); }, aldis::from(app));
    heard_ += web::message_flashed.connect([this] { add("M"); }, aldis::from(app));
    heard_ += web::request_finished.connect(
        [this](web::app&, web::response& r) { add("F(" + std::to_string(r.status()) + ")"); },
        aldis::from(app));
    heard_ += web::got_request_exception.connect(with_type("X"), aldis::from(app));
    heard_ += web::request_tearing_down.connect(with_type("TR"), aldis::from(app));
    heard_ += web::appcontext_tearing_down.connect(with_type("TA"), aldis::from(app));
    heard_ += web::appcontext_popped.connect([this] { add("O"); }, aldis::from(app));
  }

  /// Hooks that record themselves: pre b1 b2 before the handler, a2 a1 and t2 t1 ta after it.
  void add_functions() {
    app_.url_value_preprocessor([this](std::string_view, web::path_variables&) { add("pre"); });
    app_.before_request([this] { add("b1"); });
    app_.before_request([this] { add("b2"); });
    app_.after_request([this](web::response&) { add("a1"); });
    app_.after_request([this](web::response&) { add("a2"); });
    app_.teardown_request([this](const std::exception_ptr& e) { add("t1(" + type_of(e) + ")"); });
    app_.teardown_request([this](const std::exception_ptr& e) { add("t2(" + type_of(e) + ")"); });
    app_.teardown_appcontext(
        [this](const std::exception_ptr& e) { add("ta(" + type_of(e) + ")"); });
  }

  void add(std::string_view what) {
    if (!trace_.empty()) trace_ += ' ';
    trace_ += what;
  }
  /// The trace since the last call.
  std::string take() { return std::exchange(trace_, {}); }

 private:
  class recorded_sessions final : public web::session_interface {
   public:
    explicit recorded_sessions(life& of) : life_(of) {}
    web::session_values open(web::app& app, const web::request& request) override {
      life_.add("open");
      return cookies_.open(app, request);
    }
    void save(web::app& app, web::session_values& session, web::response& response) override {
      life_.add("save");
      cookies_.save(app, session, response);
    }

   private:
    life& life_;
    web::cookie_sessions cookies_;
  };

  web::app& app_;
  std::string trace_;
  aldis::connections heard_;
};

/// The parts of the trace before the handler and after the response, for an app with
/// add_functions().
inline const std::string in = "P open S pre b1 b2 ";
inline std::string out(std::string_view error = "None") {
  std::string text;
  for (const std::string_view each : {"t2", "t1", "TR", "ta", "TA"}) {
    text += " " + std::string(each) + "(" + std::string(error) + ")";
  }
  return text + " O";
}
