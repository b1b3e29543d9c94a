// The code of docs/guide/web-recipes.md and docs/guide/deploying.md.

#include <aldis/async/on.hpp>
#include <aldis/templates/templates.hpp>
#include <aldis/web.hpp>
#include <aldis/web/json.hpp>

#include <boost/asio/thread_pool.hpp>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <doctest/doctest.h>

#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace asio = boost::asio;
namespace web = aldis::web;

//[pages_struct]
struct pastry {
  std::string name;
  int cents = 0;
};

template <>
inline constexpr auto aldis::templates::members<pastry> =
    aldis::templates::describe("name", &pastry::name, "cents", &pastry::cents);
//[/pages_struct]

namespace {

std::vector<std::string> log_of_database;

/// Stands for a connection of SQLite or libpq.
class database {
 public:
  explicit database(std::string name) { log_of_database.push_back("open " + std::move(name)); }
  void insert(const std::string& what) { log_of_database.push_back("insert " + what); }
  void commit() { log_of_database.emplace_back("commit"); }
  void roll_back() { log_of_database.emplace_back("roll back"); }
};

//[database]
/// The connection of this request, opened on first use.
database& current_database() {
  return *web::g().get_or_make("database", [] { return std::make_shared<database>("shop.db"); });
}

void close_database(const std::exception_ptr& error) {
  auto* const opened = web::g().find<std::shared_ptr<database>>("database");
  if (!opened) return;
  error ? (*opened)->roll_back() : (*opened)->commit();
  web::g().remove("database");
}
//[/database]

}  // namespace

TEST_CASE("each request has its own database connection") {
  log_of_database.clear();
  web::app app;

  //[database_used]
  app.teardown_appcontext(close_database);
  app.post("/order/<what>", [](const std::string& what) {
    current_database().insert(what);
    return "ordered " + what;
  });
  //[/database_used]

  web::test_client client(app);
  CHECK(client.post("/order/tea").body == "ordered tea");
  CHECK(client.get("/nothing").status == 404);
  CHECK(log_of_database == std::vector<std::string>{"open shop.db", "insert tea", "commit"});
}

TEST_CASE("a handler with several kinds of responses has one return type") {
  web::app app;

  //[return_type]
  app.get("/door/<name>", [](const std::string& name) -> web::response {
    if (name == "thief") return web::redirect("/jail");
    if (name == "cat") return web::response("Cats use the window.", 403);
    return web::response("Come in, " + name + ".");
  });
  //[/return_type]

  web::test_client client(app);
  CHECK(client.get("/door/thief").headers["Location"] == "/jail");
  CHECK(client.get("/door/cat").status == 403);
  CHECK(client.get("/door/ann").body == "Come in, ann.");
}

TEST_CASE("handlers and error handlers speak JSON") {
  web::app app;

  //[json]
  app.post("/orders", [](web::request& request) {
    const boost::json::value order = web::get_json(request);  // 415 or 400 if it is not JSON
    const auto* const pieces =
        order.is_object() ? order.as_object().if_contains("pieces") : nullptr;
    if (!pieces || !pieces->is_int64()) return web::jsonify({{"error", "how many pieces?"}}, 422);
    return web::jsonify({{"number", 7}, {"pieces", *pieces}}, 201);
  });
  app.get("/orders", [] { return boost::json::array{7, 8}; });

  app.errorhandler<web::http_error>([](const web::http_error& error) {
    return web::jsonify({{"error", error.description()}}, error.code());
  });
  //[/json]
  app.get("/broken", []() -> std::string { throw std::runtime_error("broken"); });

  web::test_client client(app);
  const auto order = [&](const char* text) { return client.post("/orders", {.json = text}); };
  CHECK(order(R"({"pieces": 3})").body == "{\"number\":7,\"pieces\":3}\n");
  CHECK(order(R"({"pieces": 3})").status == 201);
  CHECK(order("[]").status == 422);
  CHECK(order("[").status == 400);
  CHECK(client.post("/orders", {.form = {{"pieces", "3"}}}).status == 415);
  CHECK(client.get("/orders").body == "[7,8]\n");
  CHECK(client.get("/nothing").headers["Content-Type"] == "application/json");
  CHECK(client.get("/broken").status == 500);
  CHECK(client.get("/broken").headers["Content-Type"] == "application/json");
}

TEST_CASE("pages use structs, filters and variables of the program") {
  web::app app;
  const std::vector<pastry> all{{"bun", 120}, {"cake", 305}};

  //[pages]
  app.template_environment().filters["euros"] = [](int cents) {
    return std::to_string(cents / 100) + "." + std::to_string(100 + cents % 100).substr(1);
  };
  app.context_processor([] { return web::dict{{"shop", "The oven"}}; });  // for every page

  app.get("/menu", [&] {
    return web::render_template_string(
        "{{ shop }}:{% for each in pastries %} {{ each.name }} {{ each.cents|euros }}{% endfor %}",
        {{"pastries", all}});
  });
  //[/pages]

  web::test_client client(app);
  CHECK(client.get("/menu").body == "The oven: bun 1.20 cake 3.05");
}

TEST_CASE("a login gets the page that required it") {
  web::app app;
  app.config()["SECRET_KEY"] = "something long and random";
  app.route("/login", {.endpoint = "login"}, [] { return "who are you?"; });
  app.get("/vault", [] { return "gold"; });

  //[login]
  app.before_request([](web::request& request) -> std::optional<web::response> {
    if (web::session().contains("user") || request.endpoint() == "login") return std::nullopt;
    return web::redirect(web::url_for("login", {{"next", std::string(request.path())}}));
  });
  //[/login]

  web::test_client client(app);
  CHECK(client.get("/vault").headers["Location"] == "/login?next=%2Fvault");
  CHECK(client.get("/login").body == "who are you?");
  client.session_transaction([](web::session_values& session) { session["user"] = "ann"; });
  CHECK(client.get("/vault").body == "gold");
}

TEST_CASE("after_request sets CORS headers") {
  web::app app;
  app.put("/order", [] { return "ordered"; });

  //[cors]
  app.after_request([](web::response& response) {  // also for OPTIONS, 404 and 405
    response.headers().set("Access-Control-Allow-Origin", "https://shop.example");
    response.headers().set("Access-Control-Allow-Methods", "GET, PUT");
    response.headers().set("Access-Control-Allow-Headers", "Content-Type");
  });
  //[/cors]

  web::test_client client(app);
  CHECK(client.options("/order").status == 200);
  CHECK(client.options("/order").headers["Access-Control-Allow-Methods"] == "GET, PUT");
  CHECK(client.get("/nothing").headers.contains("Access-Control-Allow-Origin"));
}

TEST_CASE("slow work runs on a pool after the response") {
  std::vector<std::string> mails;
  const auto send_mail = [&](const std::string& to) { mails.push_back(to); };
  asio::thread_pool pool(1);
  web::app app;

  //[after]
  aldis::signal<void(const std::string&)> registered;
  registered.connect([&](const std::string& address) { send_mail(address); }, aldis::on(pool));

  app.post("/register", [&](web::request& request) {
    registered.send(request.form()["address"]);  // queued: nobody waits for the mail
    return "welcome";
  });
  //[/after]

  web::test_client client(app);
  CHECK(client.post("/register", {.form = {{"address", "ann@example.org"}}}).body == "welcome");
  pool.join();
  CHECK(mails == std::vector<std::string>{"ann@example.org"});
}

TEST_CASE("a hook sets scheme and address behind a proxy") {
  web::app app;

  //[proxy]
  app.before_request([](web::request& request) {
    if (request.remote_address() != "127.0.0.1") return;  // only the proxy is believed
    if (request.headers().contains("X-Forwarded-Proto")) {
      request.set_scheme(request.headers()["X-Forwarded-Proto"]);
    }
    if (request.headers().contains("X-Real-IP")) {
      request.set_remote_address(request.headers()["X-Real-IP"]);
    }
  });
  //[/proxy]

  app.route("/", {.endpoint = "start"}, [](web::request& request) {
    return web::url_for("start", {}, {.external = true}) + " " +
           std::string(request.remote_address());
  });
  web::test_client client(app);
  const web::client_request forwarded{.headers = {{"Host", "kingdom.example"},
                                                  {"X-Forwarded-Proto", "https"},
                                                  {"X-Real-IP", "203.0.113.7"}}};
  CHECK(client.get("/", forwarded).body == "https://kingdom.example/ 203.0.113.7");
}
