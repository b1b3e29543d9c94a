// docs/guide/lifetimes.md

#include <aldis/aldis.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace legacy {

// A smart pointer that does not name its weak pointer.
template <class T>
class ref {
 public:
  explicit ref(std::shared_ptr<T> held) : held_(std::move(held)) {}
  T* get() const { return held_.get(); }
  std::weak_ptr<T> weak() const { return held_; }

 private:
  std::shared_ptr<T> held_;
};

template <class T>
class weak_ref : public std::weak_ptr<T> {
 public:
  weak_ref(const ref<T>& of) : std::weak_ptr<T>(of.weak()) {}
};

}  // namespace legacy

//[weak_pointer_of]
template <class T>
struct aldis::weak_pointer_of<legacy::ref<T>> {
  using type = legacy::weak_ref<T>;  // made from a legacy::ref<T>; has lock() and expired()
};
//[/weak_pointer_of]

TEST_CASE("lifetimes: smart pointers of other libraries") {
  struct lodger {
    int answers = 0;
    void answer() { ++answers; }
  };
  aldis::signal<void()> bell;
  std::optional<legacy::ref<lodger>> ada(std::make_shared<lodger>());
  bell.connect(&lodger::answer, *ada);
  bell.connect([] {}, aldis::tracking(*ada));
  CHECK(bell.send() == 2);
  CHECK((*ada).get()->answers == 1);
  ada.reset();
  CHECK(bell.send() == 0);
}

namespace {

//[class]
class display {
 public:
  explicit display(aldis::signal<void(int)>& price) {
    all_ += price.connect(&display::show, *this);
    all_ += price.connect([this](int euros) { highest_ = std::max(highest_, euros); });
  }

  int shown() const { return shown_; }
  int highest() const { return highest_; }

 private:
  void show(int euros) { shown_ = euros; }

  int shown_ = 0;
  int highest_ = 0;
  aldis::connections all_;  // declared last, so emptied first
};
//[/class]

struct meter {
  int count = 0;
  int* left = nullptr;
  void tick() { ++count; }
  ~meter() {
    if (left) *left = count;
  }
};

struct lodger {
  int calls = 0;
  void answer() { ++calls; }
};

}  // namespace

TEST_CASE("lifetimes: a connection is a handle") {
  //[handle]
  aldis::signal<void()> tick;
  int ticks = 0;
  {
    aldis::connection c = tick.connect([&] { ++ticks; });
    aldis::connection same = c;
    CHECK(c == same);
  }
  tick.send();  // dropping the handle did not disconnect
  CHECK(ticks == 1);
  //[/handle]
}

TEST_CASE("lifetimes: a connection may outlive its signal") {
  //[outlive]
  std::optional<aldis::signal<void()>> tick;
  tick.emplace();
  aldis::connection c = tick->connect([] {});

  tick.reset();
  CHECK_FALSE(c.connected());
  CHECK(c.disconnect() == aldis::disconnect_result::not_connected);
  //[/outlive]
}

TEST_CASE("lifetimes: a scoped connection") {
  //[scoped]
  aldis::signal<void()> tick;
  int a = 0;
  int b = 0;

  aldis::scoped_connection now = tick.connect([&] { ++a; });
  tick.send();
  now = tick.connect([&] { ++b; });  // disconnects the old one first
  tick.send();
  CHECK(a == 1);
  CHECK(b == 1);

  aldis::connection kept = now.release();  // gives it up without disconnecting
  CHECK(kept.connected());
  //[/scoped]
}

TEST_CASE("lifetimes: a class that listens") {
  aldis::signal<void(int)> price;
  {
    display window(price);
    price.send(20);
    price.send(10);
    CHECK(window.shown() == 10);
    CHECK(window.highest() == 20);
    CHECK(price.size() == 2);
  }
  CHECK_FALSE(price);
}

TEST_CASE("lifetimes: guarded") {
  int left = -1;
  //[guarded]
  aldis::signal<void()> tick;
  {
    aldis::guarded<meter> cellar;
    cellar->left = &left;
    tick.connect<&meter::tick>(cellar);                    // the connection is kept by cellar
    cellar += tick.connect([&] { cellar->count += 10; });  // and so is this one
    tick.send();
  }  // disconnects, waits for running calls, then destroys the meter
  CHECK(tick.send() == 0);
  //[/guarded]
  CHECK(left == 11);
}

TEST_CASE("lifetimes: weak receivers") {
  //[weak]
  aldis::signal<void()> bell;
  auto ada = std::make_shared<lodger>();
  int kettles = 0;

  bell.connect<&lodger::answer>(ada);                      // weak, because ada is a shared_ptr
  bell.connect([&] { ++kettles; }, aldis::tracking(ada));  // any callable can be
  CHECK(bell.send() == 2);

  ada.reset();
  CHECK(bell.send() == 0);
  CHECK_FALSE(bell);
  //[/weak]
}

TEST_CASE("lifetimes: the object lives while its receiver runs") {
  //[alive]
  aldis::signal<void()> bell;
  auto ada = std::make_shared<lodger>();
  std::weak_ptr<lodger> watch = ada;

  bell.connect(
      [&] {
        ada.reset();
        CHECK_FALSE(watch.expired());  // the send keeps it alive
      },
      aldis::tracking(ada));
  bell.send();
  CHECK(watch.expired());
  //[/alive]
}

TEST_CASE("lifetimes: strong on purpose") {
  //[strong]
  aldis::signal<void()> bell;
  auto ada = std::make_shared<lodger>();
  std::weak_ptr<lodger> watch = ada;

  bell.connect([ada] { ada->answer(); });  // the capture keeps the object
  ada.reset();
  CHECK(bell.send() == 1);

  bell.disconnect_all();
  CHECK(watch.expired());  // destroyed before disconnect_all returned
  //[/strong]
}

TEST_CASE("lifetimes: a signal moves") {
  //[move]
  aldis::signal<void()> here;
  aldis::connection c = here.connect([] {});

  aldis::signal<void()> there = std::move(here);
  CHECK(there.send() == 1);
  CHECK(c.connected());
  //[/move]
}

TEST_CASE("lifetimes: a signal destroyed in its own send") {
  //[destroyed]
  auto tick = std::make_unique<aldis::signal<void()>>();
  int calls = 0;
  tick->connect([&] {
    ++calls;
    tick.reset();
  });
  tick->connect([&] { ++calls; });  // not called: the send ends with the running receiver

  tick->send();
  CHECK(calls == 1);
  //[/destroyed]
}
