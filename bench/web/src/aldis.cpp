// `aldis <port> [receivers]`: with "receivers", three on each signal of a request's life.

#include <aldis/templates/environment.hpp>
#include <aldis/web.hpp>
#include <aldis/web/json.hpp>

#include <boost/json/object.hpp>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

namespace templates = aldis::templates;
namespace web = aldis::web;

std::uint64_t heard = 0;

template <class Signal>
void connect_three(Signal& to) {
  for (int i = 0; i < 3; ++i) {
    to.connect([&own = heard, i] { own += static_cast<std::uint64_t>(i); });
  }
}

templates::dict kingdom() {
  templates::list rows;
  for (int i = 0; i < 20; ++i) {
    rows.emplace_back(templates::dict{{"name", "subject <" + std::to_string(i) + ">"}, {"age", i}});
  }
  return {{"title", "The kingdom"}, {"rows", rows}};
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 2) return 2;
  const std::string with = count > 2 ? arguments[2] : "";
  if (with == "receivers") {
    connect_three(web::appcontext_pushed);
    connect_three(web::request_started);
    connect_three(web::request_finished);
    connect_three(web::got_request_exception);
    connect_three(web::request_tearing_down);
    connect_three(web::appcontext_tearing_down);
    connect_three(web::appcontext_popped);
    connect_three(web::message_flashed);
  }

  const templates::environment environment{
      {.loader = templates::from_map({
           {"base.html",
            "<html><head><title>{{ title }}</title></head><body>"
            "{% block body %}{% endblock %}</body></html>"},
           {"page.html",
            "{% extends 'base.html' %}{% block body %}<h1>{{ title }}</h1><table>"
            "{% for row in rows %}<tr><td>{{ row.name }}</td><td>{{ row.age }}</td></tr>"
            "{% endfor %}</table>{% endblock %}"},
       })}};
  const templates::compiled_template page = environment.get("page.html");
  const templates::dict variables = kingdom();

  web::app app;
  app.route("/", [] { return "hello blinker"; });
  app.route("/json", [] {
    return boost::json::object{{"message", "hello blinker"}, {"n", 42}, {"ok", true}};
  });
  app.route("/user/<name>", [](const std::string& name) { return "hello " + name; });
  app.route("/page", [&] { return page.render(variables); });
  app.run({.port = static_cast<std::uint16_t>(std::atoi(arguments[1])),
           .threads = 1,
           .workers = 0,
           .access_log = false});
}
