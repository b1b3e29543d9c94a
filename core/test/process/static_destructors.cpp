// Sends and disconnects from destructors of statics, before and after those of the signals.

#include <aldis/aldis.hpp>

#include "check.hpp"

#include <cstdio>
#include <thread>

namespace {

int heard = 0;

aldis::connection outlives;

struct after_all {
  ~after_all() {
    CHECK(!outlives.connected());
    CHECK(outlives.disconnect() == aldis::disconnect_result::not_connected);
    aldis::named<void()>("king").send();
    CHECK(heard == 3);
  }
};

after_all check;

struct last_word {
  aldis::signal<void()>* signal;
  int expected;

  ~last_word() {
    signal->send();
    CHECK(heard == expected);
    if (expected == 2) std::puts("done");
  }
};

aldis::signal<void()> ending;
last_word second{&ending, 2};
aldis::scoped_connection ends_first;
last_word first{&ending, 1};
aldis::scoped_connection ends_before_all;

}  // namespace

int main() {
  outlives = ending.connect([] { ++heard; });
  ends_first = ending.connect([] {});
  ends_before_all = ending.connect([] { heard += 100; });
  aldis::named<void()>("king").connect([] { ++heard; });
  std::thread([] { ending.send(); }).join();
  heard = 0;
}
