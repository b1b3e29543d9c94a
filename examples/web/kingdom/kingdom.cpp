// A kingdom on the web
//
// Pages from templates, a form, sessions, a blueprint, JSON. The audit, the
// metrics and the herald only listen: no page knows that they are there.
//
// Output:
//     to be written

#include <aldis/web/app.hpp>

#include "audit.hpp"
#include "herald.hpp"
#include "metrics.hpp"
#include "pages.hpp"

#include <iostream>
#include <optional>

namespace web = aldis::web;

int main() {
  //[show]
  kingdom::petition_book book;
  web::app app("kingdom", {.root_path = KINGDOM_FOLDER});
  kingdom::set_up(app, book);

  const kingdom::audit audit(app, std::cout);
  const kingdom::metrics metrics(app);
  std::optional<kingdom::herald> herald;
  if (app.config().contains("HERALD")) herald.emplace(std::cout);

  app.run({.port = app.config().get_if<std::uint16_t>("PORT").value_or(5000)});
  //[/show]
}
