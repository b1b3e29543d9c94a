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

/// The compiler no longer knows where this points nor what is there: nothing can be hoisted out
/// of the loop that measures.
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

/// Every contestant in turn for a slice of about a millisecond, again and again, so that whatever
/// disturbs the machine disturbs all of them; ratios are taken within one round.
///
/// The result is JSON: per name the median and quartiles of the ns for one time, and the median
/// of the ratio to the first contestant.
std::string race(const std::vector<contestant>& contestants, std::size_t rounds);

/// JSON of the same shape from samples that were not taken by `race`.
std::string summary(const std::vector<double>& samples);

/// Keeps the calling thread on one of the processors it may use: the last (0), the first (1).
void pin_thread(int which);
/// With one processor there is nobody to compete with, and figures about threads mean nothing.
bool has_two_processors();

/// A second thread on a processor of its own. Asleep between tasks: a waiter that spins would
/// slow its neighbour down where two virtual processors are one core.
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

/// The sections of the report, each a function that returns a JSON array of cases.
std::string send_cases(std::size_t rounds);
std::string thread_cases(std::size_t rounds);
std::string churn_cases(std::size_t rounds);
std::string disconnect_cases(std::size_t rounds);
std::string selection_cases(std::size_t rounds);
/// An object with several of them.
std::string topic_cases(std::size_t rounds);
std::string queued_cases(std::size_t rounds);

/// Ends the program when a library did not do what was measured.
void require(bool condition, const std::string& what);

}  // namespace bench
