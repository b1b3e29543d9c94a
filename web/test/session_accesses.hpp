#pragma once

#include <aldis/web.hpp>

#include <string>
#include <utility>
#include <vector>

/// One way to access the session, or not to.
struct session_access {
  std::string name;
  void (*touch)();
};

/// All of them. flask/sessions.py has the same ones under the same names.
inline const std::vector<session_access>& session_accesses() {
  namespace web = aldis::web;
  static const auto ignore = [](auto&&...) {};
  static const auto render = [](const char* page) { ignore(web::render_template_string(page)); };
  static const std::vector<session_access> accesses{
      {"nothing", [] {}},
      {"session", [] { ignore(web::session()); }},
      {"item", [] { ignore(web::session()["v"].value()); }},
      {"get", [] { ignore(web::session().get("v")); }},
      {"get_missing", [] { ignore(web::session().get("x")); }},
      {"contains", [] { ignore(web::session().contains("v")); }},
      {"size", [] { ignore(web::session().size()); }},
      {"empty", [] { ignore(web::session().empty()); }},
      {"all", [] { ignore(web::session().all()); }},
      {"is_permanent", [] { ignore(web::session().is_permanent()); }},
      {"is_new", [] { ignore(web::session().is_new()); }},
      {"is_modified", [] { ignore(web::session().is_modified()); }},
      {"flashed", [] { ignore(web::get_flashed_messages()); }},
      {"template", [] { render("{{ session.v }}"); }},
      {"template_contains", [] { render("{{ 'v' in session }}"); }},
      {"template_permanent", [] { render("{{ session.permanent }}"); }},
      {"template_flashed", [] { render("{{ get_flashed_messages() }}"); }},
      {"template_without", [] { render("{{ request.path }}"); }},
      {"set", [] { web::session()["v"] = 2; }},
      {"modify", [] { web::session().modify(); }},
      {"clear", [] { web::session().clear(); }},
      {"pop", [] { web::session().pop("v"); }},
      {"pop_missing", [] { web::session().pop("x"); }},
      {"set_permanent", [] { web::session().set_permanent(true); }},
      {"unset_permanent", [] { web::session().set_permanent(false); }},
      {"flash", [] { web::flash("hello"); }},
  };
  return accesses;
}

/// Vary and cookie of the response to a request that accesses the session like this, such as
/// `Cookie set` or `- deleted`: without a session, with one, and with a permanent one.
inline std::vector<std::string> session_responses(const session_access& access) {
  namespace web = aldis::web;
  std::vector<std::string> all;
  for (const web::dict& start :
       {web::dict(), web::dict{{"v", 1}}, web::dict{{"v", 1}, {"_permanent", true}}}) {
    web::app app;
    app.config()["SECRET_KEY"] = "dev";
    app.get("/", [&] {
      access.touch();
      return "";
    });
    web::test_client client(app);
    if (!start.empty()) {
      client.session_transaction([&](web::session_values& session) {
        for (const auto& each : start) session.set(each.key.as_text(), each.mapped);
      });
    }
    const web::client_response response = client.get("/");
    const std::string_view cookie = response.headers["Set-Cookie"];
    const std::string_view vary = response.headers["Vary"];
    std::string text(vary.empty() ? "-" : vary);
    text += cookie.empty() ? " -" : cookie.find("Max-Age=0") != cookie.npos ? " deleted" : " set";
    all.push_back(text);
  }
  return all;
}
