#include "server/coarse_timers.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace {

using namespace std::chrono_literals;
using aldis::web::detail::coarse_timer;
using aldis::web::detail::coarse_timers;
using aldis::web::detail::time_point;
using aldis::web::detail::timeout;

using names = std::vector<std::string>;

struct named final : coarse_timer {
  named(std::string name, names& expired) : name_(std::move(name)), expired_(expired) {}

  void on_timeout(timeout which) override {
    expired_.push_back(name_ + (which == timeout::head ? " head" : " other"));
    if (then) then();
  }

  std::function<void()> then;

 private:
  std::string name_;
  names& expired_;
};

const coarse_timers::lengths lengths{10s, 20s, 30s, 40s, 50s, 60s};
const time_point begin{};

}  // namespace

TEST_CASE("coarse timers expire in order, once, and not before their time") {
  coarse_timers timers(lengths, begin);
  names expired;
  named a("a", expired);
  named b("b", expired);
  named c("c", expired);
  timers.set(a, timeout::head);
  timers.set(b, timeout::body);
  timers.advance(begin + 5s);
  timers.set(c, timeout::head);

  timers.advance(begin + 9999ms);
  CHECK(expired == names{});
  timers.advance(begin + 10s);
  CHECK(expired == names{"a head"});
  CHECK_FALSE(a.is_set());
  CHECK(c.is_set());
  timers.advance(begin + 60s);
  CHECK(expired == names{"a head", "c head", "b other"});
  timers.advance(begin + 600s);
  CHECK(expired.size() == 3);
}

TEST_CASE(
    "setting a coarse timer again replaces its timeout, and a cancelled one does not expire") {
  coarse_timers timers(lengths, begin);
  names expired;
  named a("a", expired);
  named b("b", expired);
  timers.set(a, timeout::head);
  timers.set(b, timeout::head);
  timers.advance(begin + 9s);
  timers.set(a, timeout::head);
  b.cancel();
  b.cancel();

  timers.advance(begin + 18s);
  CHECK(expired == names{});
  timers.advance(begin + 19s);
  CHECK(expired == names{"a head"});
}

TEST_CASE("a coarse timer that expires may set itself, cancel others, and be destroyed") {
  coarse_timers timers(lengths, begin);
  names expired;
  named a("a", expired);
  named b("b", expired);
  auto c = std::make_unique<named>("c", expired);
  timers.set(a, timeout::head);
  timers.set(b, timeout::head);
  timers.set(*c, timeout::head);
  a.then = [&] {
    b.cancel();
    timers.set(a, timeout::head);
  };
  c->then = [&] {
    const auto last = std::move(c);
    expired.push_back("gone");
  };

  timers.advance(begin + 10s);
  CHECK(expired == names{"a head", "c head", "gone"});
  timers.advance(begin + 20s);
  CHECK(expired == names{"a head", "c head", "gone", "a head"});
}

TEST_CASE("a coarse timer that is destroyed does not expire") {
  coarse_timers timers(lengths, begin);
  names expired;
  {
    named a("a", expired);
    timers.set(a, timeout::head);
  }
  timers.advance(begin + 60s);
  CHECK(expired == names{});
}

TEST_CASE("a coarse timer of the largest length does not expire at once") {
  constexpr auto longest = std::chrono::milliseconds::max();
  coarse_timers timers({longest, longest, longest, longest, longest, longest}, begin + 1000h);
  names expired;
  named a("a", expired);

  timers.set(a, timeout::head);
  timers.advance(begin + 2000h);
  CHECK(expired == names{});
  CHECK(a.is_set());
}
