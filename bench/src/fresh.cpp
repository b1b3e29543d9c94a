#include "fresh.hpp"

#include "harness.hpp"
#include "subject.hpp"

#include <string>
#include <vector>

namespace bench {
namespace {

struct entrant {
  std::string name;
  std::unique_ptr<short_lives> lives;
  std::vector<double> connect, send, disconnect;
};

std::vector<entrant> all_entrants() {
  std::vector<entrant> result;
  for (const library& each : all_libraries())
    result.push_back({each.name, each.fresh(), {}, {}, {}});
  return result;
}

/// Of each round the ratio to the first entrant in that round.
std::string phase_json(const std::vector<entrant>& entrants, std::vector<double> entrant::*phase) {
  std::string json;
  for (const entrant& each : entrants) {
    std::vector<double> ratios;
    for (std::size_t i = 0; i < (each.*phase).size(); ++i)
      ratios.push_back((each.*phase)[i] / (entrants.front().*phase)[i]);
    json += (json.empty() ? "{\"" : ", \"") + each.name +
            "\": {\"ns\": " + std::to_string(quantile(each.*phase, 0.5)) +
            ", \"ratio\": " + std::to_string(quantile(ratios, 0.5)) + "}";
  }
  return json + "}";
}

std::string fresh_case(std::size_t receivers, std::size_t rounds) {
  std::vector<entrant> entrants = all_entrants();
  std::vector<contestant> contestants;
  for (entrant& each : entrants) {
    const std::uint64_t before = each.lives->calls();
    each.lives->live(receivers, 3);
    require(each.lives->calls() == before + 3 * receivers,
            each.name + " did not call every receiver of a new signal once");
    contestants.push_back({each.name, [&lives = *each.lives, receivers](std::size_t times) {
                             lives.live(receivers, times);
                           }});
  }
  const std::string together = race(contestants, rounds);

  const std::size_t signals = 2048 / receivers;
  for (std::size_t round = 0; round < rounds; ++round) {
    for (std::size_t turn = 0; turn < entrants.size(); ++turn) {
      entrant& each = entrants[(round + turn) % entrants.size()];
      const short_lives::phases took = each.lives->timed(receivers, signals);
      each.connect.push_back(took.connect);
      each.send.push_back(took.send);
      each.disconnect.push_back(took.disconnect);
    }
  }
  return "{\"receivers\": " + std::to_string(receivers) + ", \"together\": " + together +
         ", \"connect\": " + phase_json(entrants, &entrant::connect) +
         ", \"send\": " + phase_json(entrants, &entrant::send) +
         ", \"disconnect\": " + phase_json(entrants, &entrant::disconnect) + "}";
}

}  // namespace

std::string fresh_cases(std::size_t rounds) {
  std::string json;
  for (const std::size_t receivers : {2u, 8u, 64u})
    json += (json.empty() ? "[" : ", ") + fresh_case(receivers, rounds);
  return json + "]";
}

}  // namespace bench
