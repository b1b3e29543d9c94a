#include "server/deadlines.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace {

using namespace std::chrono_literals;
using aldis::web::detail::deadlines;
using aldis::web::detail::time_point;
using aldis::web::detail::wait_for;
using aldis::web::detail::waiter;

using names = std::vector<std::string>;

struct named final : waiter {
  named(std::string name, names& expired) : name_(std::move(name)), expired_(expired) {}

  void expire(wait_for what) override {
    expired_.push_back(name_ + (what == wait_for::head ? " head" : " other"));
    if (then) then();
  }

  std::function<void()> then;

 private:
  std::string name_;
  names& expired_;
};

const deadlines::lengths lengths{10s, 20s, 30s, 40s, 50s, 60s};
const time_point begin{};

}  // namespace

TEST_CASE("who waits too long expires, in order, and once") {
  deadlines waits(lengths, begin);
  names expired;
  named a("a", expired);
  named b("b", expired);
  named c("c", expired);
  waits.begin(a, wait_for::head);
  waits.begin(b, wait_for::body);
  waits.pass(begin + 5s);
  waits.begin(c, wait_for::head);

  waits.pass(begin + 9999ms);
  CHECK(expired == names{});
  waits.pass(begin + 10s);
  CHECK(expired == names{"a head"});
  CHECK_FALSE(a.waits());
  CHECK(c.waits());
  waits.pass(begin + 60s);
  CHECK(expired == names{"a head", "c head", "b other"});
  waits.pass(begin + 600s);
  CHECK(expired.size() == 3);
}

TEST_CASE("a wait that begins replaces the one before, and one that is forgotten is over") {
  deadlines waits(lengths, begin);
  names expired;
  named a("a", expired);
  named b("b", expired);
  waits.begin(a, wait_for::head);
  waits.begin(b, wait_for::head);
  waits.pass(begin + 9s);
  waits.begin(a, wait_for::head);
  b.forget();
  b.forget();

  waits.pass(begin + 18s);
  CHECK(expired == names{});
  waits.pass(begin + 19s);
  CHECK(expired == names{"a head"});
}

TEST_CASE("who expires may begin again, end others, and be destroyed") {
  deadlines waits(lengths, begin);
  names expired;
  named a("a", expired);
  named b("b", expired);
  auto c = std::make_unique<named>("c", expired);
  waits.begin(a, wait_for::head);
  waits.begin(b, wait_for::head);
  waits.begin(*c, wait_for::head);
  a.then = [&] {
    b.forget();
    waits.begin(a, wait_for::head);
  };
  c->then = [&] {
    const auto last = std::move(c);
    expired.push_back("gone");
  };

  waits.pass(begin + 10s);
  CHECK(expired == names{"a head", "c head", "gone"});
  waits.pass(begin + 20s);
  CHECK(expired == names{"a head", "c head", "gone", "a head"});
}

TEST_CASE("who is destroyed waits no more") {
  deadlines waits(lengths, begin);
  names expired;
  {
    named a("a", expired);
    waits.begin(a, wait_for::head);
  }
  waits.pass(begin + 60s);
  CHECK(expired == names{});
}

TEST_CASE("a wait of any length ends later than now") {
  constexpr auto longest = std::chrono::milliseconds::max();
  deadlines waits({longest, longest, longest, longest, longest, longest}, begin + 1000h);
  names expired;
  named a("a", expired);

  waits.begin(a, wait_for::head);
  waits.pass(begin + 2000h);
  CHECK(expired == names{});
  CHECK(a.waits());
}
