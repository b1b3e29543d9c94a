// docs/guide/muting-and-temporary-connections.md

#include <aldis/aldis.hpp>

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

TEST_CASE("muting: a signal") {
  int changes = 0;
  //[mute]
  aldis::signal<void(int)> changed;
  changed.connect([&] { ++changes; });
  {
    const auto quiet = changed.mute();
    {
      const auto quieter = changed.mute();
      changed.send(1);
    }
    changed.send(2);  // still muted: mutes are counted
    CHECK(changed.muted());
  }
  changed.send(3);
  CHECK(changes == 1);
  //[/mute]
}

TEST_CASE("muting: one receiver") {
  std::vector<int> ours;
  std::vector<int> theirs;
  //[block]
  aldis::signal<void(int)> changed;
  aldis::connection mine = changed.connect([&](int n) { ours.push_back(n); });
  changed.connect([&](int n) { theirs.push_back(n); });

  auto blocked = mine.block();
  CHECK(changed.send(1) == 1);
  blocked.unblock();  // or when it dies
  CHECK(changed.send(2) == 2);

  CHECK(ours == std::vector<int>{2});
  CHECK(theirs == std::vector<int>{1, 2});
  //[/block]
}

TEST_CASE("muting: what a mute changes in the answers") {
  aldis::signal<void(int)> changed;
  changed.connect([] {});
  const auto quiet = changed.mute();
  CHECK(changed.has_receivers());
  CHECK_FALSE(changed.has_receivers_for(1));
}

namespace {
int heard = 0;
void hear(int) { ++heard; }
}  // namespace

TEST_CASE("temporary: exactly what it added") {
  heard = 0;
  //[temporary]
  aldis::signal<void(int)> changed;
  changed.connect(&hear, aldis::from(1));
  {
    auto for_now = changed.connected_to(&hear, aldis::from(2));
    changed.send(1);
    changed.send(2);
    CHECK(heard == 2);
  }
  changed.send(2);
  CHECK(heard == 2);
  changed.send(1);  // the earlier subscription is unchanged
  CHECK(heard == 3);
  //[/temporary]
}

TEST_CASE("temporary: it added nothing") {
  heard = 0;
  aldis::signal<void(int)> changed;
  changed.connect(&hear);
  { auto for_now = changed.connected_to(&hear); }
  changed.send(1);
  CHECK(heard == 1);
}
