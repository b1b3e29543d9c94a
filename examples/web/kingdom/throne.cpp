#include <aldis/web.hpp>

#include "events.hpp"
#include "pages.hpp"

#include <string>

namespace web = aldis::web;

namespace kingdom {

namespace {

/// Only who wears the crown comes further than this.
void guard() {
  if (!web::session().contains("crowned")) {
    web::abort(403, "Only who wears the crown may come near the throne.");
  }
}

web::response decide(web::app& app, petition_book& book, int number, verdict given) {
  const auto decided = book.decide(number, given);
  if (!decided) {
    web::abort(409, "There is nothing to decide about petition " + std::to_string(number) + ".");
  }
  petition_decided.send(app, *decided);
  web::flash("Petition " + std::to_string(number) + " is " + std::string(name_of(given)) + ".",
             "good");
  return web::redirect(web::url_for(".index"));
}

web::response take_crown() {
  web::session()["crowned"] = true;
  web::flash("You wear the crown. It is heavier than it looks.", "good");
  return web::redirect(web::url_for("throne.index"));
}

web::response lay_down_crown() {
  web::session().pop("crowned");
  web::flash("The crown lies on its cushion again.", "good");
  return web::redirect(web::url_for("hall"));
}

}  // namespace

void add_throne(web::app& app, petition_book& book) {
  web::blueprint throne("throne", {.url_prefix = "/throne"});
  throne.before_request(guard);
  throne.route("/", {.endpoint = "index"}, [&book] {
    return web::render_template("throne/index.html", {{"petitions", book.all()}});
  });
  throne.route(
      "/<int:number>/<any(granted, refused):verdict>", {.methods = {"POST"}, .endpoint = "decide"},
      [&app, &book](int number, const std::string& word) {
        return decide(app, book, number, word == "granted" ? verdict::granted : verdict::refused);
      });
  app.register_blueprint(throne);

  // Outside of the blueprint: the crown lies in the hall, for whoever dares.
  app.route("/crown/take", {.methods = {"POST"}, .endpoint = "take_crown"}, take_crown);
  app.route("/crown/lay-down", {.methods = {"POST"}, .endpoint = "lay_down_crown"}, lay_down_crown);
}

}  // namespace kingdom
