#include "metrics.hpp"

#include <aldis/options.hpp>
#include <aldis/web/app.hpp>

#include "events.hpp"

#include <string>
#include <utility>

namespace web = aldis::web;

namespace kingdom {

metrics::metrics(web::app& app) {
  heard_ += web::request_finished.connect(
      [this](web::app&, web::response& response) {
        count("kingdom_responses_total{status=\"" + std::to_string(response.status()) + "\"}");
      },
      aldis::from(app));
  heard_ += web::got_request_exception.connect([this] { count("kingdom_exceptions_total"); },
                                               aldis::from(app));
  heard_ +=
      petition_presented.connect([this] { count("kingdom_petitions_total"); }, aldis::from(app));
  heard_ += petition_decided.connect(
      [this](web::app&, const petition& one) {
        count("kingdom_verdicts_total{verdict=\"" + std::string(name_of(one.verdict)) + "\"}");
      },
      aldis::from(app));

  app.route("/metrics", {.endpoint = "metrics"}, [this] {
    return std::pair(text(), web::headers{{"Content-Type", "text/plain; version=0.0.4"}});
  });
}

std::string metrics::text() const {
  const std::lock_guard lock(mutex_);
  std::string lines;
  for (const auto& [what, times] : counts_) lines += what + " " + std::to_string(times) + "\n";
  return lines;
}

void metrics::count(const std::string& what) {
  const std::lock_guard lock(mutex_);
  ++counts_[what];
}

}  // namespace kingdom
