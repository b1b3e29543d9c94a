#include "harness.hpp"
#include "subject.hpp"

namespace bench {
namespace {

enum class which { oldest, newest };

std::string churn_case(std::size_t live, which disconnected, std::size_t rounds) {
  std::vector<std::unique_ptr<subject<int>>> subjects;
  tally counter;
  std::vector<contestant> contestants;
  for (const auto& l : all_libraries()) {
    if (l.name == "raw loop") continue;
    auto& s = *subjects.emplace_back(l.counting());
    s.reserve(live);
    for (std::size_t i = 0; i < live; ++i) s.connect(counter);
    // Sent first, because changes to a signal that was never sent may be cheaper.
    s.send(1, 3);
    contestants.push_back({l.name, [&s, &counter, disconnected](std::size_t times) {
                             disconnected == which::oldest ? s.replace_oldest(counter, times)
                                                           : s.connect_disconnect(counter, times);
                           }});
  }

  const std::string results = race(contestants, rounds);

  for (const auto& s : subjects) {
    counter.n = 0;
    s->send(1, 1);
    require(counter.n == live, "churn left other receivers than it should");
  }
  return "{\"live\": " + std::to_string(live) + ", \"disconnected\": \"" +
         (disconnected == which::oldest ? "oldest" : "newest") + "\", \"results\": " + results +
         "}";
}

void wait(double ns) {
  for (const double begin = now(); now() - begin < ns;) {
  }
}

/// With a pause of 0, connects and disconnects in a tight loop.
std::string racing_case(double pause, std::size_t per_round, std::size_t rounds) {
  companion other;
  private_tally step, mine, others;
  step.n = 1;
  struct entrant {
    std::string name;
    std::unique_ptr<subject<tally*>> s;
    std::vector<double> samples;
    double took = 0;
    std::size_t sends = 0;
  };
  std::vector<entrant> entrants;
  for (const auto& l : all_libraries()) {
    if (!l.sends_from_many_threads || l.name == "raw loop") continue;
    auto& e = entrants.emplace_back();
    e.name = l.name;
    e.s = l.sharing();
    e.s->connect(step);
    e.s->send(&mine, 1);
  }

  for (std::size_t round = 0; round < rounds; ++round) {
    for (entrant& e : entrants) {
      std::atomic<bool> stop = false;
      std::atomic<std::size_t> sends = 0;
      other.start([&] {
        while (!stop.load(std::memory_order_relaxed)) {
          e.s->send(&others, 16);
          sends.store(sends.load(std::memory_order_relaxed) + 16, std::memory_order_relaxed);
        }
      });
      while (sends == 0) {
      }
      const std::size_t sent = sends;
      const double begin = now();
      for (std::size_t i = 0; i < per_round; ++i) {
        wait(pause);
        e.samples.push_back(e.s->timed_disconnect(step));
      }
      e.took += now() - begin;
      e.sends += sends - sent;
      stop = true;
      other.finish();
    }
  }

  std::string json;
  for (const entrant& e : entrants) {
    require(e.sends != 0, e.name + " did not send while another thread disconnected");
    json += (json.empty() ? "{\"" : ", \"") + e.name +
            "\": {\"disconnect\": " + summary(e.samples) +
            ", \"send_ns\": " + std::to_string(e.took / static_cast<double>(e.sends)) + "}";
  }
  return "{\"pause_ns\": " + std::to_string(pause) + ", \"results\": " + json + "}}";
}

}  // namespace

std::string churn_cases(std::size_t rounds) {
  std::string json;
  for (const which disconnected : {which::oldest, which::newest})
    for (const std::size_t live : {10u, 1000u, 100'000u})
      json += (json.empty() ? "[" : ", ") + churn_case(live, disconnected, rounds);
  return json + "]";
}

std::string disconnect_cases(std::size_t rounds) {
  if (!has_two_processors()) return "[]";
  return "[" + racing_case(0, 500, rounds / 2 + 1) + ", " + racing_case(1e6, 10, rounds / 5 + 1) +
         "]";
}

}  // namespace bench
