// docs/guide/disconnecting-and-threads.md: a separate process, because use_fences() is permanent.

#include <aldis/aldis.hpp>

#include <doctest/doctest.h>

TEST_CASE("fences: for good") {
  aldis::signal<void()> tick;
  tick.connect([] {});
  //[fences]
  aldis::use_fences();  // before the filter is installed
  CHECK_FALSE(aldis::light_sends());
  //[/fences]
  CHECK(tick.send() == 1);
}
