// A kingdom on the web
//
// Pages from templates, a form, sessions, a blueprint, JSON. The audit, the
// metrics and the herald only listen: no page knows that they are there. A
// number behind a signal says how many receivers heard it.
//
// Output:
//     GET / -> 200
//       appcontext-pushed request-started before-render-template
//       template-rendered request-finished(1) request-tearing-down
//       appcontext-tearing-down appcontext-popped
//     POST /petitions name='Ann' plea='A well' -> 303 /
//       appcontext-pushed request-started petition-presented(2) message-flashed
//       request-finished(1) request-tearing-down appcontext-tearing-down
//       appcontext-popped
//       {"address":"127.0.0.1","number":1,"plea":"A well","presented_by":"Ann"}
//     GET / -> 200
//       appcontext-pushed request-started before-render-template
//       template-rendered request-finished(1) request-tearing-down
//       appcontext-tearing-down appcontext-popped
//       page: Petition 1 is in the book, Ann.
//     GET /throne/ -> 403
//       appcontext-pushed request-started before-render-template
//       template-rendered request-finished(1) request-tearing-down
//       appcontext-tearing-down appcontext-popped
//     POST /crown/take -> 303 /throne/
//       appcontext-pushed request-started message-flashed request-finished(1)
//       request-tearing-down appcontext-tearing-down appcontext-popped
//     GET /throne/ -> 200
//       appcontext-pushed request-started before-render-template
//       template-rendered request-finished(1) request-tearing-down
//       appcontext-tearing-down appcontext-popped
//       page: You wear the crown. It is heavier than it looks.
//     POST /throne/1/granted -> 303 /throne/
//       appcontext-pushed request-started petition-decided(2) message-flashed
//       request-finished(1) request-tearing-down appcontext-tearing-down
//       appcontext-popped
//       {"address":"127.0.0.1","number":1,"verdict":"granted"}
//     GET /throne/ -> 200
//       appcontext-pushed request-started before-render-template
//       template-rendered request-finished(1) request-tearing-down
//       appcontext-tearing-down appcontext-popped
//       page: Petition 1 is granted.
//     GET /petitions.json -> 200
//       appcontext-pushed request-started request-finished(1)
//       request-tearing-down appcontext-tearing-down appcontext-popped
//       [{"number":1,"petitioner":"Ann","plea":"A well","verdict":"granted"}]
//     GET /metrics -> 200
//       appcontext-pushed request-started request-finished(1)
//       request-tearing-down appcontext-tearing-down appcontext-popped
//       kingdom_petitions_total 1
//       kingdom_responses_total{status="200"} 5
//       kingdom_responses_total{status="303"} 3
//       kingdom_responses_total{status="403"} 1
//       kingdom_verdicts_total{verdict="granted"} 1
//     SIGTERM -> exit code 0

#include <aldis/web/app.hpp>
#include <aldis/web/command_line.hpp>

#include "audit.hpp"
#include "herald.hpp"
#include "metrics.hpp"
#include "pages.hpp"

#include <iostream>
#include <optional>

namespace web = aldis::web;

int main(int argc, char** argv) {
  //[show]
  kingdom::petition_book book;
  web::app app("kingdom", {.root_path = ALDIS_KINGDOM_FOLDER});
  kingdom::set_up(app, book);

  const kingdom::audit audit(app, std::cout);
  const kingdom::metrics metrics(app);
  std::optional<kingdom::herald> herald;
  if (app.config().contains("HERALD")) herald.emplace(std::cout);

  return app.cli().main(argc, argv);
  //[/show]
}
