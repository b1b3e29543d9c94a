#include "harness.hpp"
#include "subject.hpp"

#include <algorithm>
#include <array>

namespace bench {
namespace {

enum class call { in_function, in_place, in_turn };

const char* name_of(call how) {
  return how == call::in_place ? "in place" : how == call::in_turn ? "in turn" : "in function";
}

/// Two signals of each library. All sends go to the first one, except with `in_turn`.
std::string send_case(std::size_t receivers, call how, std::size_t rounds) {
  using subject_of_int = std::unique_ptr<subject<int>>;
  const auto libraries = all_libraries();
  std::vector<std::array<subject_of_int, 2>> subjects;
  std::vector<std::vector<tally>> tallies;
  std::vector<contestant> contestants;
  subjects.reserve(libraries.size());
  for (const auto& l : libraries) {
    auto& [one, two] = subjects.emplace_back(std::array{l.counting(), l.counting()});
    for (auto& t : tallies.emplace_back(receivers)) one->connect(t), two->connect(t);
    contestants.push_back({l.name, [&a = *one, &b = *two, how](std::size_t times) {
                             if (how == call::in_place) {
                               a.send_in_place(1, times);
                             } else if (how == call::in_function) {
                               a.send(1, times);
                             } else {
                               for (; times > 1; times -= 2) a.send(1, 1), b.send(1, 1);
                             }
                           }});
  }

  const std::string results = race(contestants, rounds);

  for (std::size_t i = 0; i < libraries.size(); ++i)
    for (const tally& t : tallies[i])
      require(t.n != 0 && t.n == tallies[i].front().n,
              libraries[i].name + " did not call every receiver equally often");
  return "{\"receivers\": " + std::to_string(receivers) + ", \"call\": \"" + name_of(how) +
         "\", \"results\": " + results + "}";
}

/// The ns for one send, in batches, until `done` is set.
template <class Done>
double send_until(subject<tally*>& s, tally& mine, Done done) {
  constexpr std::size_t batch = 64;
  const double begin = now();
  std::size_t batches = 0;
  do {
    s.send(&mine, batch);
  } while (!done(++batches));
  return (now() - begin) / static_cast<double>(batches * batch);
}

std::string thread_case(std::size_t receivers, std::size_t rounds) {
  companion other;
  private_tally step, mine, others;
  step.n = 1;
  struct entrant {
    std::string name;
    std::unique_ptr<subject<tally*>> s;
    std::size_t batches = 0;
    std::vector<double> alone, both, ratio, other_ratio;
  };
  std::vector<entrant> entrants;
  for (const auto& l : all_libraries()) {
    if (!l.sends_from_many_threads) continue;
    auto& e = entrants.emplace_back();
    e.name = l.name;
    e.s = l.sharing();
    for (std::size_t i = 0; i < receivers; ++i) e.s->connect(step);
    // About half a millisecond of sending.
    const double one = send_until(*e.s, mine, [](std::size_t n) { return n == 1000; });
    e.batches = static_cast<std::size_t>(5e5 / one / 64) + 1;
  }

  for (std::size_t round = 0; round < rounds; ++round) {
    for (std::size_t turn = 0; turn < entrants.size(); ++turn) {
      entrant& e = entrants[(round + turn) % entrants.size()];
      const auto enough = [&e](std::size_t n) { return n >= e.batches; };
      e.s->send(&mine, 64);
      const double alone = send_until(*e.s, mine, enough);

      // Processors differ, so each thread is compared with itself.
      double other_alone = 0;
      other.start([&] { other_alone = send_until(*e.s, others, enough); });
      other.finish();

      std::atomic<bool> sending = false, stop = false;
      double other_both = 0;
      other.start([&] {
        e.s->send(&others, 64);
        sending = true;
        other_both = send_until(*e.s, others, [&](std::size_t) { return stop.load(); });
      });
      while (!sending) {
      }
      const double both = send_until(*e.s, mine, enough);
      stop = true;
      other.finish();

      e.alone.push_back(alone);
      e.both.push_back(both);
      e.ratio.push_back(both / alone);
      e.other_ratio.push_back(other_both / other_alone);
    }
  }

  std::string json;
  for (const entrant& e : entrants) {
    const double worse = std::max(quantile(e.ratio, 0.5), quantile(e.other_ratio, 0.5));
    json += (json.empty() ? "{\"" : ", \"") + e.name + "\": {\"alone\": " + summary(e.alone) +
            ", \"both\": " + summary(e.both) + ", \"slowdown\": " + std::to_string(worse) + "}";
  }
  return "{\"receivers\": " + std::to_string(receivers) + ", \"results\": " + json + "}}";
}

}  // namespace

std::string send_cases(std::size_t rounds) {
  std::string json = "[" + send_case(0, call::in_place, rounds);
  json += ", " + send_case(1, call::in_place, rounds);
  json += ", " + send_case(1, call::in_turn, rounds);
  for (const std::size_t receivers : {0u, 1u, 2u, 8u, 64u, 1000u})
    json += ", " + send_case(receivers, call::in_function, rounds);
  return json + "]";
}

std::string thread_cases(std::size_t rounds) {
  if (!has_two_processors()) return "[]";
  return "[" + thread_case(1, rounds) + ", " + thread_case(8, rounds) + "]";
}

}  // namespace bench
