// Receivers, predicates and arguments that throw.

#include <aldis/signal.hpp>

#include "trace.hpp"
#include <doctest/doctest.h>
#include <pthread.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

struct failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The message of the exception of a send, or "nothing".
template <class Send>
std::string thrown_by(const Send& send) {
  try {
    send();
  } catch (const failure& f) {
    return f.what();
  }
  return "nothing";
}

/// Throws when it is copied for the n-th time.
struct fragile {
  int* copies_left;
  std::string text = "whole";

  explicit fragile(int* left) : copies_left(left) {}
  fragile(const fragile& other) : copies_left(other.copies_left), text(other.text) {
    if ((*copies_left)-- == 0) throw failure("copy");
  }
  fragile(fragile&&) = default;
};

}  // namespace

TEST_CASE("the first exception ends the send, and later receivers are not called") {
  for (int thrower = 0; thrower < 6; ++thrower) {
    CAPTURE(thrower);
    aldis::signal<void(int)> ready;
    calls log;
    bool throwing = true;
    calls before;
    calls all;
    for (int i = 0; i < 6; ++i) {
      const std::string name = std::to_string(i);
      ready.connect([&, i, name] {
        log.push_back(name);
        if (i >= thrower && throwing) throw failure(name);
      });
      if (i <= thrower) before.push_back(name);
      all.push_back(name);
    }

    CHECK(thrown_by([&] { ready.send(1); }) == std::to_string(thrower));
    CHECK(log == before);

    // The signal is still usable.
    throwing = false;
    log.clear();
    ready.connect([&] { log.push_back("new"); });
    all.push_back("new");
    CHECK(ready.send(1) == 7);
    CHECK(log == all);
  }
}

TEST_CASE("the first exception ends sends with senders, conditions, values and answers") {
  aldis::signal<void(std::string)> chosen;
  aldis::signal<void(int)> conditional;
  aldis::signal<int(int)> asked;
  calls log;
  const auto fail = [&] {
    log.push_back("thrower");
    throw failure("out");
  };
  chosen.connect([&] { log.push_back("first"); });
  chosen.connect(fail, aldis::from("x"));
  chosen.connect([&] { log.push_back("never"); });
  conditional.connect([&] { log.push_back("first"); }, aldis::when([] { return true; }));
  conditional.connect(fail, aldis::not_from(2));
  conditional.connect([&] { log.push_back("never"); });
  asked.connect([&] {
    log.push_back("first");
    return 1;
  });
  asked.connect([&]() -> int {
    fail();
    return 2;
  });
  asked.connect([&] {
    log.push_back("never");
    return 3;
  });

  CHECK(thrown_by([&] { chosen.send("x"); }) == "out");
  CHECK(thrown_by([&] { conditional.send(1); }) == "out");
  CHECK(thrown_by([&] { asked.send(1); }) == "out");
  CHECK(thrown_by([&] { asked.send_until([](int) { return false; }, 1); }) == "out");

  CHECK(log ==
        calls{"first", "thrower", "first", "thrower", "first", "thrower", "first", "thrower"});
}

TEST_CASE("an exception propagates through nested sends") {
  aldis::signal<void(int)> ready;
  calls log;
  ready.connect([&](int depth) {
    log.push_back("in " + std::to_string(depth));
    if (depth == 3) throw failure("deep");
    ready.send(depth + 1);
    log.push_back("never");
  });
  ready.connect([&](int depth) { log.push_back("after " + std::to_string(depth)); });

  CHECK(thrown_by([&] { ready.send(0); }) == "deep");
  CHECK(log == calls{"in 0", "in 1", "in 2", "in 3"});

  log.clear();
  CHECK(thrown_by([&] { ready.send(3); }) == "deep");
  CHECK(log == calls{"in 3"});
}

TEST_CASE("the outer send continues if a receiver catches the exception of the inner one") {
  aldis::signal<void(int)> ready;
  calls log;
  ready.connect([&](int depth) {
    if (depth == 2) throw failure("deep");
    try {
      ready.send(depth + 1);
    } catch (const failure&) {
      log.push_back("caught in " + std::to_string(depth));
    }
  });
  ready.connect([&](int depth) { log.push_back("after " + std::to_string(depth)); });

  ready.send(0);

  CHECK(log == calls{"caught in 1", "after 1", "after 0"});
}

TEST_CASE("an exception of a predicate is treated like one of its receiver") {
  aldis::signal<void(int)> ready;
  calls log;
  ready.connect([&] { log.push_back("first"); });
  ready.connect([&] { log.push_back("never"); }, aldis::when([](int n) -> bool {
                  if (n == 1) throw failure("predicate");
                  return false;
                }));
  ready.connect([&] { log.push_back("last"); });

  CHECK(thrown_by([&] { ready.send(1); }) == "predicate");
  CHECK(log == calls{"first"});
  CHECK(ready.send(2) == 2);
  CHECK(log == calls{"first", "first", "last"});

  const auto outcomes = ready.send_robust(1);
  CHECK(std::vector{outcomes[0].ok(), outcomes[1].ok(), outcomes[2].ok()} ==
        std::vector{true, false, true});
  CHECK(thrown_by([&] { outcomes[1].value(); }) == "predicate");
}

TEST_CASE("an exception of an argument's copy is treated like one of the receiver") {
  for (int copies = 0; copies < 3; ++copies) {
    CAPTURE(copies);
    aldis::signal<void(fragile)> sent;
    calls log;
    for (int i = 0; i < 3; ++i) sent.connect([&](fragile f) { log.push_back(f.text); });

    int left = copies;
    const std::string thrown = thrown_by([&] { sent.send(fragile(&left)); });

    // Of three receivers the last needs no copy.
    CHECK(thrown == (copies < 2 ? "copy" : "nothing"));
    CHECK(log == calls(copies < 2 ? static_cast<std::size_t>(copies) : 3, "whole"));

    left = 100;
    log.clear();
    CHECK(sent.send(fragile(&left)) == 3);
    CHECK(log == calls(3, "whole"));
  }
}

TEST_CASE("a connect connects nothing if the receiver's move constructor throws") {
  struct reluctant {
    bool throws = false;
    char room[40] = {};
    reluctant() = default;
    reluctant(const reluctant& other) : throws(other.throws) {
      if (throws) throw failure("copy");
    }
    void operator()() const {}
  };
  aldis::signal<void()> tick;
  reluctant bad;
  bad.throws = true;

  CHECK(thrown_by([&] { tick.connect(bad); }) == "copy");
  CHECK(tick.size() == 0);
  CHECK(tick.send() == 0);
}

TEST_CASE("a receiver may disconnect itself and throw") {
  aldis::signal<void()> tick;
  calls log;
  auto witness = std::shared_ptr<int>(new int, [&](int* p) {
    log.push_back("destroyed");
    delete p;
  });
  aldis::connection own;
  own = tick.connect([&own, w = std::move(witness)] {
    own.disconnect();
    throw failure("out");
  });
  tick.connect([&] { log.push_back("other"); });

  CHECK(thrown_by([&] { tick.send(); }) == "out");
  CHECK(log == calls{"destroyed"});
  tick.send();
  CHECK(log == calls{"destroyed", "other"});
}

TEST_CASE("once and times count calls that throw") {
  aldis::signal<void()> tick;
  int called = 0;
  tick.connect(
      [&] {
        ++called;
        throw failure("out");
      },
      aldis::times(2));

  CHECK(thrown_by([&] { tick.send(); }) == "out");
  CHECK(thrown_by([&] { tick.send(); }) == "out");
  CHECK(thrown_by([&] { tick.send(); }) == "nothing");
  CHECK(called == 2);
}

TEST_CASE("a disconnect after an exception does not wait") {
  aldis::signal<void()> tick;
  const aldis::connection c = tick.connect([] { throw failure("out"); });

  CHECK(thrown_by([&] { tick.send(); }) == "out");

  CHECK(c.disconnect() == aldis::disconnect_result::disconnected);
}

namespace {

/// Sends on a thread that a receiver ends with pthread_exit.
template <class Send>
bool ends_thread(Send send) {
  bool went_on = false;
  struct work {
    Send& send;
    bool& went_on;
  } both{send, went_on};
  pthread_t thread{};
  const auto run = [](void* given) -> void* {
    auto& all = *static_cast<work*>(given);
    all.send();
    all.went_on = true;
    return nullptr;
  };
  CHECK(pthread_create(&thread, nullptr, run, &both) == 0);
  CHECK(pthread_join(thread, nullptr) == 0);
  return !went_on;
}

}  // namespace

TEST_CASE("a receiver may end its thread, also in send_robust") {
  aldis::signal<void()> told;
  aldis::signal<int()> asked;
  int unwound = 0, later = 0;
  struct counts_its_end {
    int& ends;
    ~counts_its_end() { ++ends; }
  };
  const auto exit = [&] {
    const counts_its_end here{unwound};
    pthread_exit(nullptr);
    return 0;
  };
  const auto in_told = told.connect([&] { exit(); });
  const auto in_asked = asked.connect([&] { return exit(); });
  told.connect([&] { ++later; });
  asked.connect([&] { return ++later; });

  CHECK(ends_thread([&] { told.send(); }));
  CHECK(ends_thread([&] { static_cast<void>(told.send_robust()); }));
  CHECK(ends_thread([&] { static_cast<void>(asked.send()); }));
  CHECK(ends_thread([&] { static_cast<void>(asked.send_robust()); }));

  CHECK(unwound == 4);
  CHECK(later == 0);
  CHECK(in_told.disconnect() == aldis::disconnect_result::disconnected);
  CHECK(in_asked.disconnect() == aldis::disconnect_result::disconnected);
  CHECK(told.send() == 1);
}
