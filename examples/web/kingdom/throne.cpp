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

}  // namespace

void add_throne(web::app& app, petition_book& book) {
  web::blueprint throne("throne", {.url_prefix = "/throne"});
  throne.before_request(guard);

  throne.route("/", {.endpoint = "index"}, [&book] {
    return web::render_template("throne/index.html",
                                {{"petitions", book.all()}});
  });

  throne.route(
      "/<int:number>/<any(granted, refused):verdict>",
      {.methods = {"POST"}, .endpoint = "decide"},
      [&app, &book](int number, const std::string& verdict) {
        const auto decided = book.decide(
            number, verdict == "granted" ? verdict::granted : verdict::refused);
        if (!decided) {
          web::abort(409, "There is nothing to decide about petition " +
                              std::to_string(number) + ".");
        }
        petition_decided.send(app, *decided);
        web::flash(
            "Petition " + std::to_string(number) + " is " + verdict + ".",
            "good");
        return web::redirect(web::url_for(".index"));
      });

  app.register_blueprint(throne);

  // The crown lies in the hall, for whoever dares.
  app.route("/crown/take", {.methods = {"POST"}, .endpoint = "take_crown"}, [] {
    web::session()["crowned"] = true;
    web::flash("You wear the crown. It is heavier than it looks.", "good");
    return web::redirect(web::url_for("throne.index"));
  });
  app.route("/crown/lay-down",
            {.methods = {"POST"}, .endpoint = "lay_down_crown"}, [] {
              web::session().pop("crowned");
              web::flash("The crown lies on its cushion again.", "good");
              return web::redirect(web::url_for("hall"));
            });
}

}  // namespace kingdom
