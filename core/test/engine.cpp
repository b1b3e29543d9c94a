#include <aldis/engine.hpp>
#include <aldis/signal.hpp>

#include <doctest/doctest.h>

#include <string>
#include <type_traits>
#include <vector>

static_assert(noexcept(aldis::use_fences()));
static_assert(noexcept(aldis::light_sends()));

TEST_CASE("signals behave the same before and after use_fences, which is for good") {
  using calls = std::vector<std::string>;
  aldis::signal<void(int)> ready;
  calls log;
  aldis::connection third;
  ready.connect([&](int n) { log.push_back("first " + std::to_string(n)); });
  ready.connect(
      [&] {
        log.push_back("second");
        third.disconnect();
      },
      aldis::from(2));
  third = ready.connect([&] { log.push_back("third"); });

  ready.send(1);
  aldis::use_fences();
  aldis::use_fences();
  ready.send(2);
  ready.send(1);

  CHECK_FALSE(aldis::light_sends());
  CHECK(log == calls{"first 1", "third", "first 2", "second", "first 1"});
}

TEST_CASE("a send that is running when use_fences is called continues") {
  aldis::signal<void()> tick;
  int heard = 0;
  tick.connect([] { aldis::use_fences(); });
  for (int i = 0; i < 10; ++i) tick.connect([&] { ++heard; });

  tick.send();

  CHECK(heard == 10);
}
