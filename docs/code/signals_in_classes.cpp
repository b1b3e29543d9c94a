// docs/guide/signals-in-classes.md

#include <aldis/aldis.hpp>

#include <doctest/doctest.h>

#include <string>
#include <utility>

namespace {

//[class]
class thermometer {
 public:
  aldis::connectable<void(double)> changed() noexcept { return changed_; }

  void set(double degrees) {
    if (std::exchange(degrees_, degrees) != degrees) changed_.send(degrees);
  }

 private:
  double degrees_ = 0;
  aldis::signal<void(double)> changed_;
};
//[/class]

//[interface]
struct sensor {
  virtual aldis::connectable<void(double)> changed() = 0;

 protected:
  ~sensor() = default;
};
//[/interface]

struct fake_sensor final : sensor {
  aldis::signal<void(double)> told;
  aldis::connectable<void(double)> changed() override { return told; }
};

}  // namespace

TEST_CASE("signals in classes: connect, and no send") {
  //[use]
  thermometer t;
  double shown = 0;
  aldis::connection c = t.changed().connect([&](double degrees) { shown = degrees; });

  t.set(21.5);
  CHECK(shown == 21.5);
  // t.changed().send(99) does not compile
  //[/use]
  c.disconnect();
  CHECK_FALSE(t.changed());
}

TEST_CASE("signals in classes: behind an interface") {
  fake_sensor fake;
  sensor& any = fake;
  double shown = 0;
  any.changed().connect([&](double degrees) { shown = degrees; });

  fake.told.send(3);

  CHECK(shown == 3);
}
