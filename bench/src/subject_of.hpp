#pragma once

#include "fresh.hpp"
#include "harness.hpp"
#include "subject.hpp"

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace bench {

template <class Arg>
struct receiver;

template <>
struct receiver<int> {
  tally* own;
  void operator()(int amount) const { own->n += static_cast<unsigned>(amount); }
};

/// Reads data that all threads share, and writes only data of the sending thread.
template <>
struct receiver<tally*> {
  const tally* step;
  void operator()(tally* mine) const { mine->n += step->n; }
};

/// Makes a `subject` from a library's signal. `Signal` has a type `connection` and the functions
/// `connect(receiver)`, `send(argument)` and `disconnect(connection)`.
template <class Signal, class Arg>
class subject_of final : public subject<Arg> {
 public:
  void reserve(std::size_t connections) override { connections_.reserve(connections); }

  void connect(tally& counter) override {
    connections_.push_back(signal_.connect(receiver<Arg>{&counter}));
  }

  void send(Arg argument, std::size_t times) override {
    for (Signal* signal = &signal_; times != 0; --times) {
      opaque(signal);
      send_once(*signal, argument);
    }
  }

  void send_in_place(Arg argument, std::size_t times) override {
    Signal* signal = &signal_;
    const auto one = [&]() __attribute__((always_inline)) {
      opaque(signal);
      signal->send(argument);
    };
    // Eight in a row: without receivers the loop costs as much as the send.
    for (; times >= 8; times -= 8) {
      one(), one(), one(), one();
      one(), one(), one(), one();
    }
    for (; times != 0; --times) one();
  }

  void replace_oldest(tally& counter, std::size_t times) override {
    for (; times != 0; --times) {
      auto fresh = signal_.connect(receiver<Arg>{&counter});
      signal_.disconnect(connections_[oldest_]);
      connections_[oldest_] = std::move(fresh);
      if (++oldest_ == connections_.size()) oldest_ = 0;
    }
  }

  void connect_disconnect(tally& counter, std::size_t times) override {
    for (; times != 0; --times) {
      auto fresh = signal_.connect(receiver<Arg>{&counter});
      signal_.disconnect(fresh);
    }
  }

  double timed_disconnect(tally& counter) override {
    auto fresh = signal_.connect(receiver<Arg>{&counter});
    const double begin = now();
    signal_.disconnect(fresh);
    return now() - begin;
  }

  std::size_t size_of_signal() const override { return Signal::size; }

  void construct(std::size_t times) override {
    for (; times != 0; --times) {
      Signal signal;
      Signal* address = &signal;
      opaque(address);
    }
  }

 private:
  [[gnu::noinline]] static void send_once(Signal& signal, Arg argument) { signal.send(argument); }

  Signal signal_;
  std::vector<typename Signal::connection> connections_;
  std::size_t oldest_ = 0;
};

/// The names of `Signal` and `Fresh` must be unique in the program, even in an unnamed namespace:
/// g++ 12 gives functions with such a template argument external linkage, and the linker keeps one
/// of them.
template <template <class> class Signal, class Fresh>
library make_library(std::string name, std::string version, bool sends_from_many_threads) {
  return {
      std::move(name),
      std::move(version),
      sends_from_many_threads,
      []() -> std::unique_ptr<subject<int>> {
        return std::make_unique<subject_of<Signal<int>, int>>();
      },
      []() -> std::unique_ptr<subject<tally*>> {
        return std::make_unique<subject_of<Signal<tally*>, tally*>>();
      },
      []() -> std::unique_ptr<short_lives> { return std::make_unique<short_lives_of<Fresh>>(); }};
}

}  // namespace bench
