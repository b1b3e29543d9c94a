#include <aldis/web/json.hpp>

#include "pages.hpp"

namespace web = aldis::web;

namespace kingdom {

void add_json(web::app& app, const petition_book& book) {
  app.route("/petitions.json", {.endpoint = "json"}, [&book] {
    boost::json::array all;
    for (const petition& one : book.all()) {
      all.push_back({{"number", one.number},
                     {"petitioner", one.petitioner},
                     {"plea", one.plea},
                     {"verdict", name_of(one.verdict)}});
    }
    return all;
  });
}

}  // namespace kingdom
