#include <aldis/signal.hpp>

#include "declared_sender.hpp"
#include <doctest/doctest.h>

namespace declared {

class model {
 public:
  virtual ~model() = default;
};

namespace {

struct first_base {
  virtual ~first_base() = default;
  long a = 0;
};

/// Its model is not at the beginning of the object.
struct whole : first_base, model {};

whole first;
whole second;

whole& whole_of(model& m) { return dynamic_cast<whole&>(m); }

}  // namespace

model& first_model() { return first; }
model& second_model() { return second; }

aldis::connection hear(aldis::signal<void(model&)>& changed, int& calls, model& only) {
  return changed.connect([&] { ++calls; }, aldis::from(whole_of(only)));
}
aldis::connection hear(aldis::signal<void(const model*, int)>& changed, int& calls, model& only) {
  return changed.connect([&] { ++calls; }, aldis::from(whole_of(only)));
}
std::size_t send_whole(const aldis::signal<void(model&)>& changed, model& sender) {
  return changed.send(whole_of(sender));
}
std::size_t send_whole(const aldis::signal<void(const model*, int)>& changed, model& sender) {
  return changed.send(&whole_of(sender), 0);
}

}  // namespace declared

TEST_CASE("an object with several bases is one sender in each file that defines its class") {
  using namespace declared;
  REQUIRE(static_cast<void*>(&first) != static_cast<void*>(&first_model()));

  aldis::signal<void(model&)> changed;
  int calls = 0;
  const auto c = hear(changed, calls, first_model());

  CHECK(changed.send(first) == 1);
  CHECK(changed.send(first_model()) == 1);
  CHECK(changed.send(second) == 0);
}
