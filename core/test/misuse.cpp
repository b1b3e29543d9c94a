#include <aldis/signal.hpp>

#include <doctest/doctest.h>

#include <concepts>
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

/// A function of the user's, which happens to have the name of an option of async.
int on(const aldis::signal_base&) { return 1; }

}  // namespace

TEST_CASE("functions of the user's are not mistaken for those of a missing header") {
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
