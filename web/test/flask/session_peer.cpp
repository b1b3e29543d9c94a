// The counterpart of sessions.py: for each line of input, it prints one line.
//
//     sign_again <time> <secret> <cookie>   the cookie's session, signed; "none" if it is not valid
//     every_type <time> <secret>            a session with a value of every type
//     visit <time> <secret> <cookie|none>   the Set-Cookie header of a page that counts and flashes
//     touch <access>                           Vary and Set-Cookie of a page that touches the
//     session so

#include <aldis/web.hpp>

#include "session_accesses.hpp"

#include <cstdint>
#include <exception>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>

namespace web = aldis::web;

namespace {

std::string every_type(std::int64_t now, const std::string& secret) {
  return web::sign_session(
      {
          {"none", nullptr},
          {"flag", true},
          {"number", -5},
          {"fraction", 0.1},
          {"text", "\u00e9 \U0001f600 \" \\ \n </script>"},
          {"markup", aldis::templates::markup{"<b>"}},
          {"bytes", web::bytes{std::string("\0\xff", 2)}},
          {"id", *web::uuid::from_text("12345678-1234-1234-1234-123456789abc")},
          {"when", web::date_time{std::chrono::seconds(1'600'000'000)}},
          {"list", web::list{1, "two", web::list{}}},
          {"tuple", web::tuple{{1, web::tuple{}}}},
          {"like a tag", web::dict{{" t", "not a tuple"}}},
          {"dict", web::dict{{"b", 1}, {"a", web::dict{}}}},
      },
      secret, now);
}

std::string visit(std::int64_t now, const std::string& secret, const std::string& cookie) {
  web::app app;
  app.config()["SECRET_KEY"] = secret;
  app.set_session_interface(std::make_shared<web::cookie_sessions>([=] { return now; }));
  app.get("/", [] {
    const int visits = web::session().contains("visits") ? web::session()["visits"].as<int>() : 0;
    web::session()["visits"] = visits + 1;
    web::flash("visit <" + std::to_string(visits + 1) + ">", "counted");
    return "counted";
  });
  web::test_client client(app);
  if (cookie != "none") client.set_cookie("session", cookie);
  return std::string(client.get("/").headers["Set-Cookie"]);
}

std::string touch(const std::string& name) {
  std::string text;
  for (const session_access& access : session_accesses()) {
    if (access.name != name) continue;
    for (const std::string& each : session_responses(access))
      text += (text.empty() ? "" : "|") + each;
  }
  return text;
}

std::string response(const std::string& line) {
  std::istringstream words(line);
  std::string question;
  words >> question;
  if (question == "touch") {
    std::string access;
    words >> access;
    return touch(access);
  }
  std::int64_t now = 0;
  std::string secret;
  std::string cookie;
  words >> now >> secret >> cookie;
  if (question == "every_type") return every_type(now, secret);
  if (question == "visit") return visit(now, secret, cookie);
  const auto session = web::read_session(cookie, {secret}, now);
  return session ? web::sign_session(*session, secret, now) : "none";
}

}  // namespace

int main() {
  try {
    for (std::string line; std::getline(std::cin, line);) std::cout << response(line) << std::endl;
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
