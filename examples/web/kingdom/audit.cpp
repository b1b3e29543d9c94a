#include "audit.hpp"

#include <aldis/options.hpp>
#include <aldis/web/app.hpp>
#include <aldis/web/json.hpp>

#include "events.hpp"

#include <exception>
#include <ostream>
#include <syncstream>
#include <utility>

namespace web = aldis::web;

namespace kingdom {

namespace {

/// JSON keeps what a visitor typed on its line, and one thread's line whole.
void write(std::ostream& to, boost::json::object line) {
  line["address"] = web::current_request().remote_address();
  std::osyncstream(to) << web::dumps(std::move(line)) << std::flush;
}

}  // namespace

audit::audit(web::app& app, std::ostream& to) {
  heard_ += petition_presented.connect(
      [&to](web::app&, const petition& one) {
        write(to, {{"number", one.number}, {"presented_by", one.petitioner}, {"plea", one.plea}});
      },
      aldis::from(app));
  heard_ += petition_decided.connect(
      [&to](web::app&, const petition& one) {
        write(to, {{"number", one.number}, {"verdict", name_of(one.verdict)}});
      },
      aldis::from(app));
  heard_ += web::got_request_exception.connect(
      [&to](web::app&, const std::exception_ptr& error) {
        write(to, {{"path", web::current_request().path()}, {"error", web::describe(error)}});
      },
      aldis::from(app));
}

}  // namespace kingdom
