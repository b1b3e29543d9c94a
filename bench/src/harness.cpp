#include "harness.hpp"

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace bench {
namespace {

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", value);
  return text;
}

double timed(const contestant& c, std::size_t times) {
  const double begin = now();
  c.run(times);
  return now() - begin;
}

/// The number of repetitions in about a millisecond.
std::size_t calibrate(const contestant& c) {
  constexpr double slice = 1e6;
  std::size_t times = 16;
  double took = timed(c, times);
  while (took < slice / 4) took = timed(c, times *= 2);
  return std::max<std::size_t>(1,
                               static_cast<std::size_t>(static_cast<double>(times) * slice / took));
}

}  // namespace

double quantile(std::vector<double> values, double q) {
  const auto at = values.begin() +
                  static_cast<std::ptrdiff_t>(q * static_cast<double>(values.size() - 1) + 0.5);
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

std::string summary(const std::vector<double>& samples) {
  return "{\"ns\": " + number(quantile(samples, 0.5)) +
         ", \"low\": " + number(quantile(samples, 0.25)) +
         ", \"high\": " + number(quantile(samples, 0.75)) +
         ", \"p99\": " + number(quantile(samples, 0.99)) + "}";
}

std::string race(const std::vector<contestant>& contestants, std::size_t rounds) {
  const std::size_t count = contestants.size();
  std::vector<std::size_t> times;
  for (const auto& c : contestants) times.push_back(calibrate(c));

  std::vector<std::vector<double>> ns(count);
  std::vector<std::vector<double>> ratios(count);
  for (std::size_t round = 0; round < rounds; ++round) {
    std::vector<double> took(count);
    for (std::size_t turn = 0; turn < count; ++turn) {
      // A different order in every round, so that no contestant always follows the one that
      // evicts the caches.
      const std::size_t i = (round + (round % 2 == 0 ? turn : count - turn)) % count;
      contestants[i].run(times[i] / 8 + 1);
      took[i] = timed(contestants[i], times[i]) / static_cast<double>(times[i]);
    }
    for (std::size_t i = 0; i < count; ++i) {
      ns[i].push_back(took[i]);
      ratios[i].push_back(took[i] / took[0]);
    }
  }

  std::string json;
  for (std::size_t i = 0; i < count; ++i) {
    std::string one = summary(ns[i]);
    one.insert(one.size() - 1, ", \"ratio\": " + number(quantile(ratios[i], 0.5)));
    json += (i == 0 ? "{\"" : ", \"") + contestants[i].name + "\": " + one;
  }
  return json + "}";
}

namespace {

std::vector<std::size_t> usable_processors() {
  static const std::vector<std::size_t> all = [] {
    cpu_set_t set;
    CPU_ZERO(&set);
    std::vector<std::size_t> found;
    if (sched_getaffinity(0, sizeof set, &set) != 0) return found;
    for (std::size_t i = 0; i < CPU_SETSIZE; ++i)
      if (CPU_ISSET(i, &set)) found.push_back(i);
    return found;
  }();
  return all;
}

}  // namespace

bool has_two_processors() { return usable_processors().size() >= 2; }

void pin_thread(int which) {
  const auto all = usable_processors();
  if (all.size() < 2) return;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(which == 0 ? all.back() : all.front(), &set);
  // Without permission, the figures are only noisier.
  pthread_setaffinity_np(pthread_self(), sizeof set, &set);
}

companion::companion()
    : thread_([this] {
        pin_thread(1);
        for (;;) {
          state_.wait(idle);
          if (state_ == ended) return;
          task_();
          state_ = idle;
          state_.notify_all();
        }
      }) {}

companion::~companion() {
  finish();
  state_ = ended;
  state_.notify_all();
  thread_.join();
}

void companion::start(std::function<void()> task) {
  finish();
  task_ = std::move(task);
  state_ = busy;
  state_.notify_all();
}

void companion::finish() { state_.wait(busy); }

std::vector<contestant> on_two_threads(const std::vector<contestant>& contestants,
                                       companion& other) {
  std::vector<contestant> result;
  for (const contestant& each : contestants) {
    result.push_back({each.name, [run = each.run, &other](std::size_t times) {
                        other.start([&] { run(times); });
                        run(times);
                        other.finish();
                      }});
  }
  return result;
}

void require(bool condition, const std::string& what) {
  if (condition) return;
  std::fprintf(stderr, "bench: %s\n", what.c_str());
  std::exit(1);
}

}  // namespace bench
