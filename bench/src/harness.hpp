#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace bench {

/// Makes the pointer and its target opaque to the compiler, so that nothing is hoisted out of the
/// measured loop.
template <class T>
inline void opaque(T*& pointer) {
  asm volatile("" : "+r"(pointer) : : "memory");
}

inline double now() {
  return std::chrono::duration<double, std::nano>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

double quantile(std::vector<double> values, double q);

struct contestant {
  std::string name;
  std::function<void(std::size_t times)> run;
};

/// Runs the contestants in turn, repeatedly, for about a millisecond each, so that a disturbance of
/// the machine affects all of them. Ratios are taken within one round.
///
/// Returns JSON: for each name the median and quartiles of the ns per repetition, and the median of
/// the ratio to the first contestant.
std::string race(const std::vector<contestant>& contestants, std::size_t rounds);

/// JSON of the same form from samples that were not taken by `race`.
std::string summary(const std::vector<double>& samples);

/// Pins the calling thread to one of its processors: the last (0) or the first (1).
void pin_thread(int which);
/// With one processor there is no concurrency, and figures about threads are meaningless.
bool has_two_processors();

/// A second thread on a separate processor. Sleeps between tasks: a spinning thread would slow the
/// other one down if two virtual processors share a core.
class companion {
 public:
  companion();
  ~companion();
  companion(const companion&) = delete;
  companion& operator=(const companion&) = delete;

  void start(std::function<void()> task);
  void finish();

 private:
  enum state : int { idle, busy, ended };
  std::function<void()> task_;
  std::atomic<int> state_ = idle;
  std::thread thread_;
};

/// The same contestants, each on this thread and on the other one at once, until both have
/// finished.
std::vector<contestant> on_two_threads(const std::vector<contestant>& contestants,
                                       companion& other);

// The sections of the report. Each returns a JSON array of cases.
std::string send_cases(std::size_t rounds);
std::string thread_cases(std::size_t rounds);
std::string churn_cases(std::size_t rounds);
std::string disconnect_cases(std::size_t rounds);
std::string selection_cases(std::size_t rounds);
std::string value_cases(std::size_t rounds);
std::string option_cases(std::size_t rounds);
/// Returns an object with several sections.
std::string topic_cases(std::size_t rounds);
std::string queued_cases(std::size_t rounds);
std::string fresh_cases(std::size_t rounds);

/// Ends the program if a library did not do the measured work.
void require(bool condition, const std::string& what);

}  // namespace bench
