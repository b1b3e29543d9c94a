#include <aldis/templates/environment.hpp>
#include <aldis/templates/error.hpp>
#include <aldis/web/rendering.hpp>

#include "life.hpp"
#include <doctest/doctest.h>

#include <string>
#include <thread>

namespace {

/// An app whose hooks and signals are recorded, with templates and the signals of rendering.
struct recorded_pages {
  web::app app;
  life recorder{app};
  web::test_client client{app};
  aldis::connections heard;

  recorded_pages() {
    recorder.add_functions();
    app.add_template_loader(aldis::templates::from_map({
        {"page.html", "{% extends 'base.html' %}{% block body %}<b>{{ name }}</b>{% endblock %}"},
        {"base.html", "[{% block body %}{% endblock %}|{{ motto }}|{{ request.path }}]"},
        {"broken.html", "{{ nobody.nothing }}"},
        {"bare.html", "{{ motto }}"},
    }));
    app.context_processor([this] {
      recorder.add("cp");
      return web::dict{{"motto", "hic sunt leones"}, {"name", "from the processor"}};
    });
    heard += web::before_render_template.connect(
        [this](web::app&, const aldis::templates::compiled_template& one, web::dict&) {
          recorder.add("BR(" + one.name() + ")");
        },
        aldis::from(app));
    heard += web::template_rendered.connect(
        [this](web::app&, const aldis::templates::compiled_template& one, web::dict&) {
          recorder.add("RD(" + one.name() + ")");
        },
        aldis::from(app));
  }
};

}  // namespace

TEST_CASE("rendering a page sends one pair of signals, for the outermost template") {
  recorded_pages r;
  r.app.route("/", [&] {
    r.recorder.add("view-begin");
    std::string page = web::render_template("page.html", {{"name", "<ana>"}});
    r.recorder.add("view-end");
    return page;
  });

  CHECK(r.client.get("/").body == "[<b>&lt;ana&gt;</b>|hic sunt leones|/]");
  CHECK(r.recorder.take() == in +
                                 "view-begin cp BR(page.html) RD(page.html) view-end a2 a1 save "
                                 "F(200)" +
                                 out());
}

TEST_CASE("a template that fails sends no template_rendered") {
  recorded_pages r;
  r.app.route("/", [&] {
    r.recorder.add("view");
    return web::render_template("broken.html");
  });

  CHECK(r.client.get("/").status == 500);
  CHECK(r.recorder.take() ==
        in + "view cp BR(broken.html) X(exception) log a2 a1 save F(500)" + out("exception"));
}

TEST_CASE("an error handler may render a template") {
  recorded_pages r;
  r.app.errorhandler(404, [&] {
    r.recorder.add("h");
    return std::pair(web::render_template_string("no {{ request.path }}"), 404);
  });

  CHECK(r.client.get("/nowhere").body == "no /nowhere");
  CHECK(r.recorder.take() == in + "h cp BR() RD() a2 a1 save F(404)" + out());
}

TEST_CASE("a streamed page is rendered before the context is torn down") {
  recorded_pages r;
  r.app.route("/", [&] {
    r.recorder.add("view");
    return web::stream_template("page.html");
  });

  CHECK(r.client.get("/").body == "[<b>from the processor</b>|hic sunt leones|/]");
  CHECK(r.recorder.take() == in + "view cp BR(page.html) a2 a1 save F(200) RD(page.html)" + out());
}

TEST_CASE("templates see no request in the context of an app") {
  recorded_pages r;
  bool has_request = true;
  r.heard += web::before_render_template.connect(
      [&](web::app&, const aldis::templates::compiled_template&, web::dict& variables) {
        has_request = variables.contains("request");
      },
      aldis::from(r.app));
  {
    auto here = r.app.app_context();
    CHECK(web::render_template("bare.html") == "hic sunt leones");
    CHECK(!has_request);
    // The global exists, as in Flask, but cannot be used.
    CHECK_THROWS_AS(web::render_template_string("{{ request.path }}"), web::outside_of_context);
  }
  r.recorder.take();
  {
    auto here = r.app.app_context();
    static_cast<void>(web::render_template("bare.html"));
  }
  CHECK(r.recorder.take() == "P cp BR(bare.html) RD(bare.html) ta(None) TA(None) O");
}

TEST_CASE("context processors of the app run first, then those of blueprints, outermost first") {
  web::app app;
  web::blueprint outer("outer");
  web::blueprint inner("inner");
  app.context_processor([] { return web::dict{{"a", "app"}, {"b", "app"}, {"c", "app"}}; });
  outer.context_processor([] { return web::dict{{"b", "outer"}, {"c", "outer"}}; });
  inner.context_processor([] { return web::dict{{"c", "inner"}, {"d", "inner"}}; });
  inner.route("/", [] {
    return web::render_template_string("{{ a }} {{ b }} {{ c }} {{ d }}", {{"d", "given"}});
  });
  outer.register_blueprint(inner);
  app.register_blueprint(outer);

  CHECK(web::test_client(app).get("/").body == "app outer inner given");
}

TEST_CASE("a receiver of before_render_template may change the variables, or throw") {
  web::app app;
  app.route("/", [] { return web::render_template_string("{{ n }}", {{"n", 1}}); });
  web::test_client client(app);

  SUBCASE("it changes them") {
    const auto c = web::before_render_template.connected_to(
        [](web::app&, const aldis::templates::compiled_template&, web::dict& seen) {
          seen["n"] = 2;
        },
        aldis::from(app));
    CHECK(client.get("/").body == "2");
  }
  SUBCASE("it throws, before or after: like an exception of the handler") {
    app.errorhandler(403, [] { return std::pair("forbidden", 403); });
    const auto reject = [] { web::abort(403); };
    {
      const auto c = web::before_render_template.connected_to(reject, aldis::from(app));
      CHECK(client.get("/").body == "forbidden");
    }
    const auto c = web::template_rendered.connected_to(reject, aldis::from(app));
    CHECK(client.get("/").body == "forbidden");
  }
}

TEST_CASE("templates have the globals that they have in Flask") {
  web::app app;
  app.config()["SECRET_KEY"] = "dev-secret";
  app.config()["MOTTO"] = "festina lente";
  app.route("/user/<name>", {.endpoint = "user"}, [](const std::string&) {
    web::g().set("number", 42);
    web::g().set("unknown", std::vector<std::thread::id>());
    web::session()["color"] = "blue";
    web::flash("saved", "info");
    web::flash("careful", "warning");
    return web::render_template_string(
        "{{ url_for('user', name='b c', q=1, _anchor='x') }}\n"
        "{{ config.MOTTO }} {{ config['DEBUG'] }} {{ config.get('NONE', 'none') }}\n"
        "{{ request.method }} {{ request.path }} {{ request.args.q }} {{ request.args.get('r', 5) "
        "}} "
        "{{ request.args.getlist('q') }} {{ request.view_args.name }} {{ request.endpoint }} "
        "{{ request.headers['user-agent'] }}\n"
        "{{ session.color }} {{ session['color'] }} {{ 'color' in session }} {{ session.nope }}\n"
        "{{ g.number }} {{ g.unknown is defined }} {{ g.get('nope') }}\n"
        "{% for category, message in get_flashed_messages(with_categories=true) %}"
        "{{ category }}:{{ message }} {% endfor %}"
        "{{ get_flashed_messages(category_filter=['warning']) }}");
  });

  const web::client_response response = web::test_client(app).get(
      "/user/ana", {.query = {{"q", "1"}, {"q", "<2>"}}, .headers = {{"User-Agent", "test"}}});

  CHECK(response.body ==
        "/user/b%20c?q=1#x\n"
        "festina lente False none\n"
        "GET /user/ana 1 5 [&#39;1&#39;, &#39;&lt;2&gt;&#39;] ana user test\n"
        "blue blue True \n"
        "42 False None\n"
        "info:saved warning:careful [&#39;careful&#39;]");
}

TEST_CASE("templates use added filters; the first of several templates is rendered") {
  web::app app;
  app.template_environment().filters["shout"] = [](std::string text) { return text + "!"; };
  app.add_template_loader(aldis::templates::from_map({{"b.html", "b {{ 'x' | shout }}"}}));
  app.route("/", [] { return web::render_template({"a.html", "b.html"}); });
  app.route("/none", [] { return web::render_template("none.html"); });
  app.config()["TESTING"] = true;
  web::test_client client(app);

  CHECK(client.get("/").body == "b x!");
  CHECK_THROWS_AS(client.get("/none"), aldis::templates::error);
  CHECK_THROWS_AS(web::render_template("b.html"), web::outside_of_context);
}
