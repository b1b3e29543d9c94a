#include <aldis/aldis.hpp>

#include "harness.hpp"
#include <boost/signals2/signal.hpp>
#include <sigc++/sigc++.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace bench {
namespace {

constexpr std::size_t receivers = 8;

/// Counted for each thread, so that threads share only the signal.
thread_local std::uint64_t received = 0;

void receive_text(std::string text) {
  auto* address = &text;
  opaque(address);
  ++received;
}

int answer(int question) { return question + 1; }

/// The minimum: function pointers and objects. The objects are not used here.
template <class R, class Arg>
struct entry {
  R (*function)(void*, Arg);
  void* object;
};

struct raw_texts {
  std::vector<entry<void, std::string>> entries;

  void connect() {
    entries.push_back({[](void*, std::string text) { receive_text(std::move(text)); }, nullptr});
  }
  void send(std::string text) {
    if (entries.empty()) return;
    for (std::size_t i = 0; i + 1 < entries.size(); ++i)
      entries[i].function(entries[i].object, text);
    entries.back().function(entries.back().object, std::move(text));
  }
};

struct aldis_texts {
  aldis::signal<void(std::string)> wrapped;
  void connect() {
    wrapped.connect([](std::string text) { receive_text(std::move(text)); });
  }
  void send(std::string text) { wrapped.send(std::move(text)); }
};

struct boost_texts {
  boost::signals2::signal<void(std::string)> wrapped;
  void connect() { wrapped.connect(&receive_text); }
  void send(std::string text) { wrapped(std::move(text)); }
};

struct libsigcpp_texts {
  sigc::signal<void(std::string)> wrapped;
  void connect() { wrapped.connect(sigc::ptr_fun(&receive_text)); }
  void send(std::string text) { wrapped.emit(std::move(text)); }
};

struct raw_answers {
  std::vector<entry<int, int>> entries;

  void connect() {
    entries.push_back({[](void*, int question) { return answer(question); }, nullptr});
  }
  int sum_of_answers(int question, std::vector<int>& answers) {
    answers.clear();
    for (const auto& each : entries) answers.push_back(each.function(each.object, question));
    int sum = 0;
    for (const int each : answers) sum += each;
    return sum;
  }
};

struct aldis_answers {
  aldis::signal<int(int)> wrapped;
  void connect() {
    wrapped.connect([](int question) { return answer(question); });
  }
  int sum_of_answers(int question, std::vector<int>&) {
    int sum = 0;
    for (const auto& each : wrapped.send(question)) sum += each.value;
    return sum;
  }
};

/// Combiners that collect the answers, as both libraries' documentation has them.
struct collect {
  using result_type = std::vector<int>;
  template <class Iterator>
  std::vector<int> operator()(Iterator first, Iterator last) const {
    return {first, last};
  }
};

struct boost_answers {
  boost::signals2::signal<int(int), collect> wrapped;
  void connect() { wrapped.connect(&answer); }
  int sum_of_answers(int question, std::vector<int>&) {
    int sum = 0;
    for (const int each : wrapped(question)) sum += each;
    return sum;
  }
};

struct libsigcpp_answers {
  sigc::signal<int(int)>::accumulated<collect> wrapped;
  void connect() { wrapped.connect(sigc::ptr_fun(&answer)); }
  int sum_of_answers(int question, std::vector<int>&) {
    int sum = 0;
    for (const int each : wrapped.emit(question)) sum += each;
    return sum;
  }
};

template <class Signal>
[[gnu::noinline]] void send_text(Signal& signal, const std::string& text) {
  signal.send(text);
}

template <class Signal>
[[gnu::noinline]] int ask(Signal& signal, std::vector<int>& room) {
  return signal.sum_of_answers(1, room);
}

template <class Signal>
std::shared_ptr<Signal> connected() {
  auto signal = std::make_shared<Signal>();
  for (std::size_t i = 0; i < receivers; ++i) signal->connect();
  return signal;
}

template <class Signal>
contestant sending_texts(std::string name) {
  return {name, [signal = connected<Signal>(), name](std::size_t times) {
            const std::string text(64, 'x');
            const std::uint64_t expected = received + times * receivers;
            for (auto* target = signal.get(); times != 0; --times) {
              opaque(target);
              send_text(*target, text);
            }
            require(received == expected, name + " did not call every receiver");
          }};
}

template <class Signal>
contestant asking(std::string name) {
  return {name, [signal = connected<Signal>(), name](std::size_t times) {
            std::vector<int> room;
            room.reserve(receivers);
            const std::uint64_t expected = times * receivers * 2;
            std::uint64_t sum = 0;
            for (auto* target = signal.get(); times != 0; --times) {
              opaque(target);
              sum += static_cast<unsigned>(ask(*target, room));
            }
            require(sum == expected, name + " lost answers");
          }};
}

std::string value_case(const std::string& what, const std::vector<contestant>& contestants,
                       std::size_t rounds) {
  return "{\"case\": \"" + what + "\", \"results\": " + race(contestants, rounds) + "}";
}

/// libsigc++ is not thread-safe, and comes last.
std::string one_and_two_threads(const std::string& what, std::vector<contestant> contestants,
                                std::size_t rounds) {
  std::string json = value_case(what, contestants, rounds);
  if (!has_two_processors()) return json;
  contestants.pop_back();
  companion other;
  return json + ", " +
         value_case(what + ", two threads", on_two_threads(contestants, other), rounds);
}

}  // namespace

std::string value_cases(std::size_t rounds) {
  return "[" +
         one_and_two_threads(
             "text of 64 characters by value",
             {sending_texts<raw_texts>("raw loop"), sending_texts<aldis_texts>("aldis"),
              sending_texts<boost_texts>("Boost.Signals2"),
              sending_texts<libsigcpp_texts>("libsigc++")},
             rounds) +
         ", " +
         one_and_two_threads(
             "int answers, iterated",
             {asking<raw_answers>("raw loop"), asking<aldis_answers>("aldis"),
              asking<boost_answers>("Boost.Signals2"), asking<libsigcpp_answers>("libsigc++")},
             rounds) +
         "]";
}

}  // namespace bench
