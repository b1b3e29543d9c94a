// What options of a receiver add to a send, what it costs that a receiver ends, and a watched send:
// all in uncontended locks and unlocks of a std::mutex.

#include <aldis/aldis.hpp>

#include "harness.hpp"
#include "subject.hpp"

#include <memory>
#include <mutex>
#include <string>
#include <tuple>
#include <vector>

namespace bench {
namespace {

using counted = aldis::signal<void(int)>;

constexpr std::size_t receivers = 8;

struct adding {
  tally* own;
  void operator()(int amount) const { own->n += static_cast<unsigned>(amount); }
};

[[gnu::noinline]] void lock_and_unlock(std::mutex& mutex) { const std::lock_guard lock(mutex); }

[[gnu::noinline]] void send_once(counted& signal) { signal.send(1); }

contestant lock() {
  auto mutex = std::make_shared<std::mutex>();
  return {"lock", [mutex](std::size_t times) {
            for (auto* target = mutex.get(); times != 0; --times) {
              opaque(target);
              lock_and_unlock(*target);
            }
          }};
}

struct scene {
  tally counter;
  counted signal;
};

/// Sends to 8 receivers, each connected with the options that `options(i)` returns as a tuple.
template <class Options>
contestant sending(std::string name, Options options, bool count = false) {
  auto all = std::make_shared<scene>();
  for (std::size_t i = 0; i < receivers; ++i) {
    std::apply([&](auto... each) { all->signal.connect(adding{&all->counter}, each...); },
               options());
  }
  if (count) all->signal.count_calls(true);
  return {name, [all, name](std::size_t times) {
            const std::uint64_t expected = all->counter.n + times * receivers;
            for (auto* target = &all->signal; times != 0; --times) {
              opaque(target);
              send_once(*target);
            }
            require(all->counter.n == expected, name + " did not call every receiver");
          }};
}

std::string added_case(std::size_t rounds) {
  const auto tracked = std::make_shared<int>();
  const auto plain = [] { return std::tuple(); };
  return race({lock(), sending("plain", plain),
               sending("when", [] { return std::tuple(aldis::when([](int n) { return n > 0; })); }),
               sending("tracking", [&] { return std::tuple(aldis::tracking(tracked)); }),
               sending("times", [] { return std::tuple(aldis::times(~std::uint64_t{0} >> 1)); }),
               sending("count_calls", plain, true)},
              rounds);
}

/// Repeats `live`: connect a receiver beside one that stays, send, and afterwards it is gone; then
/// sends a number of times, so that aldis goes back to sending without fences if it did not.
/// `other` has sent the signal too, so it must be considered that it may be sending again.
template <class Live>
contestant ending(std::string name, companion* other, std::size_t sends, Live live) {
  auto all = std::make_shared<scene>();
  all->signal.connect(adding{&all->counter});
  if (other) {
    other->start([all] { all->signal.send(1); });
    other->finish();
  }
  return {name, [all, name, sends, live](std::size_t times) {
            for (; times != 0; --times) {
              live(*all);
              for (std::size_t i = 0; i < sends; ++i) send_once(all->signal);
            }
            require(all->signal.size() == 1, name + " did not end the receiver");
          }};
}

std::string ended_case(companion* other, std::size_t sends, std::size_t rounds) {
  const auto disconnected = [](scene& all) {
    const aldis::connection made = all.signal.connect(adding{&all.counter});
    send_once(all.signal);
    made.disconnect();
  };
  const auto once = [](scene& all) {
    all.signal.connect(adding{&all.counter}, aldis::once);
    send_once(all.signal);
  };
  const auto from_inside = [](scene& all) {
    all.signal.connect([](int) { aldis::this_connection().disconnect(); });
    send_once(all.signal);
  };
  const auto expired = [](scene& all) {
    auto tracked = std::make_shared<int>();
    all.signal.connect(adding{&all.counter}, aldis::tracking(tracked));
    tracked.reset();
    send_once(all.signal);
  };
  const auto nothing = [](scene& all) { send_once(all.signal); };
  return race({lock(), ending("none", other, sends, nothing),
               ending("disconnected afterwards", other, sends, disconnected),
               ending("once", other, sends, once), ending("from inside", other, sends, from_inside),
               ending("expired", other, sends, expired)},
              rounds);
}

std::string watched_case(std::size_t rounds) {
  struct watched {
    tally counter, reports;
    aldis::registry shop;
    counted& signal = shop.named<void(int)>("shop.sold");
    aldis::scoped_connection watching =
        shop.watch("shop.*", [this](const aldis::send_report&) { ++reports.n; });
  };
  auto all = std::make_shared<watched>();
  all->signal.connect(adding{&all->counter});
  return race({lock(),
               {"watched",
                [all](std::size_t times) {
                  const std::uint64_t expected = all->reports.n + times;
                  for (auto* target = &all->signal; times != 0; --times) {
                    opaque(target);
                    send_once(*target);
                  }
                  require(all->reports.n == expected, "a send was not reported");
                }}},
              rounds);
}

}  // namespace

std::string option_cases(std::size_t rounds) {
  std::string json = "{\"added\": " + added_case(rounds) +
                     ", \"watched\": " + watched_case(rounds) +
                     ", \"ended\": " + ended_case(nullptr, 0, rounds);
  if (has_two_processors()) {
    companion other;
    json += ", \"ended, two threads\": " + ended_case(&other, 0, rounds) +
            ", \"ended, two threads, 1000 sends between\": " + ended_case(&other, 1000, rounds);
  }
  return json + "}";
}

}  // namespace bench
