#include <aldis/connectable.hpp>
#include <aldis/signal.hpp>

#include <doctest/doctest.h>

#include <concepts>
#include <cstddef>
#include <string>
#include <type_traits>
#include <utility>

namespace {

struct meter {
  int calls = 0;
  void on(int) { ++calls; }
};

template <class Signal, class... Given>
concept connects = requires(Signal& s, Given&&... given) {
  { s.connect(std::forward<Given>(given)...) } -> std::same_as<aldis::connection>;
};
using ready = aldis::signal<void(int)>;

static_assert(connects<ready, void (meter::*)(int), meter&>);
static_assert(!connects<ready, void (meter::*)(int), meter>);
static_assert(!connects<ready, void (meter::*)(int), const meter&>);
static_assert(!connects<ready, meter*, void (meter::*)(int)>);
static_assert(!connects<ready, int, void (*)(int)>);
static_assert(!connects<ready, void (*)(int), int>);

static_assert(!connects<ready>);
static_assert(!connects<const ready, void (*)(int)>);
static_assert(connects<const aldis::connectable<void(int)>, void (*)(int)>);

template <class Signal, class... Given>
concept sends = requires(Signal& s, Given&&... given) {
  { s.send(std::forward<Given>(given)...) } -> std::same_as<std::size_t>;
};
static_assert(sends<const ready, int> && sends<ready, char> && sends<ready, short&>);
static_assert(!sends<ready, std::string> && !sends<ready> && !sends<ready, int, int>);
static_assert(std::is_invocable_v<ready&, int> && !std::is_invocable_v<ready&, std::string>);

template <class Signal, class... Given>
concept disconnects = requires(Signal& s, Given&&... given) {
  { s.disconnect(std::forward<Given>(given)...) } -> std::same_as<aldis::disconnect_result>;
  { s.is_connected(std::forward<Given>(given)...) } -> std::same_as<bool>;
};
static_assert(disconnects<ready, void (*)(int)> &&
              disconnects<ready, void (meter::*)(int), meter&>);
static_assert(!disconnects<ready> && !disconnects<ready, meter*, void (meter::*)(int)>);

static_assert(sizeof(ready) == sizeof(void*));
static_assert(sizeof(aldis::connectable<void(int)>) == sizeof(void*));

/// Converts to any type.
struct ambiguous {
  template <class T>
  operator T() const {
    return T();
  }
};

/// A user's function with the same name as an option of async.
int on(const aldis::signal_base&) { return 1; }

}  // namespace

TEST_CASE("a user's functions are not mistaken for those of a missing header") {
  ready s;

  CHECK(on(s) == 1);
}

TEST_CASE("generic code can ask whether a method and its object connect") {
  ready s;
  meter m;
  const auto connect_if_possible = [&](auto&& object) {
    if constexpr (connects<ready, void (meter::*)(int), decltype(object)>) {
      return s.connect(&meter::on, object).connected();
    } else {
      return false;
    }
  };

  CHECK(connect_if_possible(m));
  CHECK_FALSE(connect_if_possible(meter()));
  CHECK(s.send(1) == 1);
  CHECK(m.calls == 1);
}

TEST_CASE("the arguments of a send convert to its parameters, as in a function call") {
  aldis::signal<void(const char*, std::string, long)> sent;
  std::string heard;
  sent.connect([&](const char* a, const std::string& b, long c) {
    heard += (a ? a : "null") + b + std::to_string(c);
  });

  // NOLINTBEGIN(modernize-use-nullptr): that a literal 0 is a pointer too is the point
  sent.send(0, "one", 1);
  sent.send(NULL, {'t', 'w', 'o'}, 2.0F);
  sent.send({}, {}, {});
  sent.send("three", ambiguous(), 'a' - 'a');
  // NOLINTEND(modernize-use-nullptr)

  CHECK(heard == "nullone1nulltwo2null0three0");
}
