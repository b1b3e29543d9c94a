#include <aldis/connectable.hpp>
#include <aldis/guarded.hpp>
#include <aldis/receiver_info.hpp>

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace {

using view = aldis::connectable<void(int, const std::string&)>;

template <class T>
concept can_send = requires(T& t) {
  t.send(1, std::string());
}
|| requires(T& t) { t(1, std::string()); }
|| requires(T& t) { t.mute(); }
|| requires(T& t) { t.disconnect_all(); };

static_assert(!can_send<view> && !can_send<const view>);
static_assert(can_send<aldis::signal<void(int, const std::string&)>>);
static_assert(std::is_trivially_copyable_v<view> && sizeof(view) == sizeof(void*));
static_assert(!std::is_constructible_v<view, const aldis::signal<void(int, const std::string&)>&>);
static_assert(!std::is_constructible_v<view, aldis::signal<void(int, const std::string&)>>);
static_assert(!std::is_constructible_v<view, aldis::signal<void(int)>&>);

class thermometer {
 public:
  aldis::connectable<void(int, const std::string&)> changed() noexcept { return changed_; }
  std::size_t set(int degrees) { return changed_.send(degrees, "C"); }
  std::vector<aldis::receiver_info> listeners() const { return changed_.receivers(); }

 private:
  aldis::signal<void(int, const std::string&)> changed_;
};

struct display {
  std::vector<std::string> shown;
  void show(int n, const std::string& unit) { shown.push_back(std::to_string(n) + unit); }
  void bare(int n) { shown.push_back(std::to_string(n)); }
};

void ignore(int) {}

}  // namespace

TEST_CASE("receivers connect through a connectable as to the signal itself") {
  thermometer t;
  display d;
  t.changed().connect([&](int n) { d.bare(n); });
  t.changed().connect(&display::show, d, aldis::from(7));
  t.changed().connect<&display::bare>(d);
  t.changed().connect(&ignore, aldis::id("ignore"));

  CHECK(t.set(7) == 4);
  CHECK(t.set(8) == 3);

  CHECK(d.shown == std::vector<std::string>{"7", "7C", "7", "8", "8"});
}

TEST_CASE("a receiver connected through a connectable has the location of the caller") {
  thermometer t;
  display d;
  const unsigned line = __LINE__ + 1;
  t.changed().connect([] {});
  t.changed().connect(&display::show, d);
  t.changed().connect<&display::bare>(d);

  std::vector<std::string> files;
  std::vector<unsigned> lines;
  for (const auto& each : t.listeners()) {
    files.push_back(each.file);
    lines.push_back(each.line);
  }

  CHECK(files == std::vector<std::string>(3, __FILE__));
  CHECK(lines == std::vector<unsigned>{line, line + 1, line + 2});
}

TEST_CASE("comparable receivers are found and disconnected through a connectable") {
  thermometer t;
  display d;
  const view changed = t.changed();
  changed.connect(&ignore);
  changed.connect(&display::show, d, aldis::from(1), aldis::from(2));
  changed.connect<&display::bare>(d);
  changed.connect([] {}, aldis::id("lambda"));

  CHECK(changed.size() == 4);
  CHECK(changed.is_connected(&ignore));
  CHECK(changed.is_connected(&display::show, d));
  CHECK(changed.is_connected<&display::bare>(d));
  CHECK(changed.is_connected(aldis::id("lambda")));

  changed.disconnect(&display::show, d, aldis::from(1));
  CHECK(t.set(1) == 3);
  CHECK(t.set(2) == 4);
  changed.disconnect(&display::show, d);
  changed.disconnect<&display::bare>(d);
  changed.disconnect(aldis::id("lambda"));
  CHECK(changed.has_receivers_for(1));
  changed.disconnect(&ignore);

  CHECK_FALSE(changed.has_receivers());
  CHECK_FALSE(changed);
  CHECK_FALSE(changed.has_receivers_for(1));
}

TEST_CASE(
    "a connectable holds objects in shared_ptr weakly, and guarded ones keep their connections") {
  thermometer t;
  auto shared = std::make_shared<display>();
  t.changed().connect(&display::show, shared);
  {
    aldis::guarded<display> kept;
    t.changed().connect<&display::show>(kept);
    CHECK(t.set(1) == 2);
  }
  CHECK(t.set(1) == 1);
  shared.reset();

  CHECK(t.set(1) == 0);
}

TEST_CASE("connected_to of a connectable removes the subscription that it added") {
  thermometer t;
  display d;
  auto shared = std::make_shared<display>();
  {
    const auto one = t.changed().connected_to([] {});
    const auto two = t.changed().connected_to(&display::show, d);
    const auto three = t.changed().connected_to<&display::bare>(d, aldis::from(1));
    const auto four = t.changed().connected_to(&display::show, shared);
    CHECK(t.set(1) == 4);
  }
  CHECK(t.set(1) == 0);
}

TEST_CASE("a signal can be connected to a connectable") {
  thermometer t;
  aldis::signal<void(int)> relay;
  int heard = 0;
  relay.connect([&](int n) { heard = n; });
  t.changed().connect(relay);

  t.set(30);

  CHECK(heard == 30);
}

TEST_CASE("a class with a connectable can be moved with its connections") {
  thermometer t;
  int heard = 0;
  t.changed().connect([&] { ++heard; });

  thermometer moved = std::move(t);
  moved.set(1);
  moved.changed().connect([&] { ++heard; });
  moved.set(1);

  CHECK(heard == 3);
}
