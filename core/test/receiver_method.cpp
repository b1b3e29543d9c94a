// Member functions as receivers, named at compile time or at run time, with and without tracking.

#include <aldis/guarded.hpp>
#include <aldis/signal.hpp>

#include "trace.hpp"
#include <doctest/doctest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

struct base {
  virtual ~base() = default;
  virtual void overridden(int n) { trace.push_back("base " + std::to_string(n)); }
  void inherited(int n) { trace.push_back("inherited " + std::to_string(n)); }
};

struct padding {
  virtual ~padding() = default;
  long room = 0;
};

struct meter : padding, base {
  std::string name = "m";

  void on(int n) { trace.push_back(name + " on " + std::to_string(n)); }
  void off() { trace.push_back(name + " off"); }
  void seen(int n) const { trace.push_back(name + " seen " + std::to_string(n)); }
  void quiet(int) noexcept { trace.push_back(name + " quiet"); }
  int answer(int n) { return n * 2; }
  void overridden(int n) override { trace.push_back("derived " + std::to_string(n)); }
};

calls traced(aldis::signal<void(int)>& ready, int n = 1) {
  trace.clear();
  ready.send(n);
  return trace;
}

}  // namespace

TEST_CASE("a member function is called on its object, named at compile time or at run time") {
  aldis::signal<void(int)> ready;
  meter m;
  ready.connect<&meter::on>(m);
  ready.connect<&meter::off>(&m);
  ready.connect(&meter::seen, m);
  ready.connect(&meter::quiet, &m);

  CHECK(traced(ready) == calls{"m on 1", "m off", "m seen 1", "m quiet"});
}

TEST_CASE("inherited and virtual member functions are called as in C++") {
  aldis::signal<void(int)> ready;
  meter m;
  base& as_base = m;
  ready.connect<&base::overridden>(m);
  ready.connect(&base::inherited, as_base);
  ready.connect<&meter::inherited>(m);
  ready.connect(&meter::overridden, m);

  CHECK(traced(ready) == calls{"derived 1", "inherited 1", "derived 1"});
  CHECK(ready.size() == 3);
}

TEST_CASE("a const member function may have a const object") {
  aldis::signal<void(int)> ready;
  const meter m;
  ready.connect<&meter::seen>(m);
  const auto shared = std::make_shared<const meter>();
  ready.connect(&meter::seen, shared);

  CHECK(traced(ready) == calls{"m seen 1", "m seen 1"});
}

TEST_CASE("one object and one method are one receiver, in every form") {
  aldis::signal<void(int)> ready;
  meter m;
  meter other;
  const aldis::connection a = ready.connect<&meter::on>(m);

  CHECK(a == ready.connect<&meter::on>(m));
  CHECK(a == ready.connect<&meter::on>(&m));
  CHECK(a == ready.connect(&meter::on, m));
  CHECK(a == ready.connect(&meter::on, &m));
  CHECK_FALSE(a == ready.connect<&meter::on>(other));
  CHECK_FALSE(a == ready.connect<&meter::quiet>(m));
  CHECK(ready.size() == 3);
}

TEST_CASE("methods are found by is_connected and disconnect in both forms") {
  aldis::signal<void(int)> ready;
  meter m;
  meter other;
  ready.connect<&meter::on>(m);
  ready.connect(&meter::off, m);
  ready.connect<&meter::on>(other);

  CHECK(ready.is_connected(&meter::on, m));
  CHECK(ready.is_connected<&meter::on>(&m));
  CHECK(ready.is_connected<&meter::off>(m));
  CHECK_FALSE(ready.is_connected<&meter::off>(other));

  CHECK(ready.disconnect(&meter::on, m) == aldis::disconnect_result::disconnected);
  CHECK(ready.disconnect<&meter::off>(m) == aldis::disconnect_result::disconnected);
  CHECK(ready.disconnect<&meter::off>(m) == aldis::disconnect_result::not_connected);
  CHECK_FALSE(ready.is_connected<&meter::on>(m));
  CHECK(traced(ready) == calls{"m on 1"});
}

TEST_CASE("subscriptions of methods to senders are added and removed one by one") {
  aldis::signal<void(int)> ready;
  meter m;
  ready.connect<&meter::on>(m, aldis::from(1));
  ready.connect(&meter::on, m, aldis::from(2));
  CHECK(traced(ready, 1) == calls{"m on 1"});
  CHECK(traced(ready, 2) == calls{"m on 2"});

  CHECK(ready.disconnect<&meter::on>(m, aldis::from(1)) == aldis::disconnect_result::disconnected);
  CHECK(traced(ready, 1) == calls{});
  CHECK(traced(ready, 2) == calls{"m on 2"});
  CHECK(ready.disconnect(&meter::on, m, aldis::from(2)) == aldis::disconnect_result::disconnected);
  CHECK(traced(ready, 2) == calls{});
  CHECK(ready.size() == 0);
}

TEST_CASE("an object in a shared_ptr or weak_ptr is tracked") {
  aldis::signal<void(int)> ready;
  auto a = std::make_shared<meter>();
  auto b = std::make_shared<meter>();
  a->name = "a";
  b->name = "b";
  const aldis::connection of_a = ready.connect<&meter::on>(a);
  ready.connect(&meter::off, std::weak_ptr<meter>(a));
  ready.connect(&meter::on, b);

  CHECK(a.use_count() == 1);
  CHECK(traced(ready) == calls{"a on 1", "a off", "b on 1"});
  a.reset();
  CHECK_FALSE(of_a.connected());
  CHECK(traced(ready) == calls{"b on 1"});
  CHECK(ready.size() == 1);
}

TEST_CASE("a tracked object is one receiver, and a new one at its address is another") {
  alignas(meter) unsigned char room[sizeof(meter)];
  const auto make = [&] {
    return std::shared_ptr<meter>(::new (static_cast<void*>(room)) meter,
                                  [](meter* m) { m->~meter(); });
  };
  aldis::signal<void(int)> ready;
  auto first = make();
  const aldis::connection old = ready.connect<&meter::on>(first, aldis::from(1));
  CHECK(old == ready.connect<&meter::on>(first, aldis::from(2)));
  first.reset();

  auto second = make();
  CHECK_FALSE(ready.is_connected<&meter::on>(second));
  CHECK(ready.disconnect<&meter::on>(second) == aldis::disconnect_result::not_connected);
  const aldis::connection fresh = ready.connect<&meter::on>(second);

  CHECK_FALSE(old == fresh);
  CHECK_FALSE(old.connected());
  CHECK(traced(ready) == calls{"m on 1"});
}

TEST_CASE("a tracked object is alive while its member function runs") {
  struct suicidal {
    std::shared_ptr<suicidal>* self;
    void on(int) {
      self->reset();
      trace.push_back("still running");
    }
    ~suicidal() { trace.push_back("destroyed"); }
  };
  aldis::signal<void(int)> ready;
  std::shared_ptr<suicidal> object;
  object = std::make_shared<suicidal>();
  object->self = &object;
  ready.connect<&suicidal::on>(object);

  CHECK(traced(ready) == calls{"still running", "destroyed"});
}

TEST_CASE("a shared object is the same receiver through a pointer to its base") {
  aldis::signal<void(int)> ready;
  const auto m = std::make_shared<meter>();
  const std::shared_ptr<base> as_base = m;
  const aldis::connection a = ready.connect<&base::overridden>(m);
  const aldis::connection b = ready.connect<&base::overridden>(as_base);

  CHECK(a == b);
  CHECK(traced(ready) == calls{"derived 1"});
}

TEST_CASE("member functions may answer, and may have every option") {
  aldis::signal<int(int)> asked;
  meter m;
  asked.connect<&meter::answer>(m, aldis::from(4), aldis::label("doubles"));

  const auto values = asked.send(4).values();

  CHECK(std::vector<int>(values.begin(), values.end()) == std::vector{8});
  CHECK(asked.send(5).empty());
}

TEST_CASE("connected_to accepts member functions") {
  aldis::signal<void(int)> ready;
  meter m;
  {
    const aldis::scoped_connection a = ready.connected_to<&meter::on>(m);
    const aldis::scoped_connection b = ready.connected_to(&meter::off, m, aldis::from(1));
    CHECK(traced(ready) == calls{"m on 1", "m off"});
  }
  CHECK(traced(ready) == calls{});
}

TEST_CASE("a null object or a null member function throws") {
  aldis::signal<void(int)> ready;
  meter m;
  meter* const none = nullptr;
  void (meter::*const no_method)(int) = nullptr;

  CHECK_THROWS_AS(ready.connect<&meter::on>(none), std::invalid_argument);
  CHECK_THROWS_AS(ready.connect(&meter::on, std::shared_ptr<meter>()), std::invalid_argument);
  CHECK_THROWS_AS(ready.connect(no_method, m), std::invalid_argument);
  CHECK(ready.size() == 0);
}

namespace {

/// A method with each qualifier.
struct qualified {
  int calls = 0;
  mutable volatile int seen = 0;

  void plain() noexcept { ++calls; }
  void lvalue() & noexcept { ++calls; }
  void constant() const noexcept { seen = seen + 1; }
  void constant_lvalue() const& noexcept { seen = seen + 1; }
  void changing() volatile noexcept { seen = seen + 1; }
  void changing_lvalue() volatile& noexcept { seen = seen + 1; }
  void both() const volatile noexcept { seen = seen + 1; }
  void both_lvalue() const volatile& noexcept { seen = seen + 1; }
};

template <class Unqualified, class Object>
bool is_one_receiver(auto method, Unqualified without_noexcept, Object& object) {
  static_assert(!std::is_same_v<decltype(method), Unqualified>);
  aldis::signal<void()> s;
  s.connect(method, object);
  s.connect(without_noexcept, object);
  return s.send() == 1 && s.is_connected(without_noexcept, object) &&
         s.disconnect(method, object) == aldis::disconnect_result::disconnected && s.size() == 0;
}

}  // namespace

TEST_CASE("a method is one receiver whether its pointer says noexcept or not") {
  using q = qualified;
  q object;

  CHECK(is_one_receiver<void (q::*)()>(&q::plain, &q::plain, object));
  CHECK(is_one_receiver<void (q::*)()&>(&q::lvalue, &q::lvalue, object));
  CHECK(is_one_receiver<void (q::*)() const>(&q::constant, &q::constant, object));
  CHECK(is_one_receiver<void (q::*)() const&>(&q::constant_lvalue, &q::constant_lvalue, object));
  CHECK(is_one_receiver<void (q::*)() volatile>(&q::changing, &q::changing, object));
  CHECK(is_one_receiver<void (q::*)() volatile&>(&q::changing_lvalue, &q::changing_lvalue, object));
  CHECK(is_one_receiver<void (q::*)() const volatile>(&q::both, &q::both, object));
  CHECK(is_one_receiver<void (q::*)() const volatile&>(&q::both_lvalue, &q::both_lvalue, object));
}

TEST_CASE("a method with a qualifier accepts the objects that C++ allows") {
  const qualified constant;
  volatile qualified changing;
  const volatile qualified both;
  aldis::signal<void()> s;
  s.connect(&qualified::constant, constant);
  s.connect(&qualified::constant_lvalue, constant);
  s.connect(&qualified::both, constant);
  s.connect<&qualified::both_lvalue>(constant);
  s.connect(&qualified::changing, changing);
  s.connect<&qualified::changing_lvalue>(changing);
  s.connect(&qualified::both, &changing);
  s.connect(&qualified::both, both);
  s.connect<&qualified::both_lvalue>(&both);

  CHECK(s.send() == 9);
  CHECK(constant.seen == 4);
  CHECK(changing.seen == 3);
  CHECK(both.seen == 2);
  CHECK(s.disconnect(&qualified::both, both) == aldis::disconnect_result::disconnected);
  CHECK(s.disconnect<&qualified::both>(both) == aldis::disconnect_result::not_connected);
}

namespace {

/// A class with an overloaded operator&, like a smart handle.
struct addressless {
  int calls = 0;

  void on() { ++calls; }
  addressless* operator&() = delete;
};

}  // namespace

TEST_CASE("an object is identified by its address, even with an overloaded operator&") {
  addressless object;
  aldis::guarded<addressless> kept;
  aldis::signal<void()> s;
  s.connect(&addressless::on, object);
  s.connect<&addressless::on>(object);
  s.connect(&addressless::on, kept);

  CHECK(s.send() == 2);
  CHECK(object.calls == 1);
  CHECK(kept->calls == 1);
}
