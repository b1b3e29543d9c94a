// Weak receivers: disconnected when a tracked object is destroyed.

#include <aldis/receiver_info.hpp>
#include <aldis/signal.hpp>

#include "trace.hpp"
#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace {

/// A smart pointer with the interface of std's.
template <class T>
class own_weak;

template <class T>
class own_shared {
 public:
  using weak_type = own_weak<T>;
  own_shared() = default;
  explicit own_shared(std::shared_ptr<T> p) : held_(std::move(p)) {}
  T* get() const { return held_.get(); }
  T& operator*() const { return *held_; }
  explicit operator bool() const { return held_ != nullptr; }
  long use_count() const { return held_.use_count(); }
  void reset() { held_.reset(); }

 private:
  friend class own_weak<T>;
  std::shared_ptr<T> held_;
};

template <class T>
class own_weak {
 public:
  own_weak(const own_shared<T>& from) : watched_(from.held_) {}
  own_shared<T> lock() const { return own_shared<T>(watched_.lock()); }
  bool expired() const { return watched_.expired(); }

 private:
  std::weak_ptr<T> watched_;
};

/// A smart pointer with the interface of Qt's.
template <class T>
class QtShared;

template <class T>
class QtWeak {
 public:
  explicit QtWeak(std::weak_ptr<T> watched) : watched_(std::move(watched)) {}
  QtWeak(const QtShared<T>& of) : QtWeak(of.toWeakRef()) {}
  QtShared<T> lock() const { return QtShared<T>(watched_.lock()); }
  bool isNull() const { return watched_.expired(); }

 private:
  std::weak_ptr<T> watched_;
};

template <class T>
class QtShared {
 public:
  explicit QtShared(std::shared_ptr<T> held) : held_(std::move(held)) {}
  T* get() const { return held_.get(); }
  T* data() const { return get(); }
  T& operator*() const { return *held_; }
  explicit operator bool() const { return held_ != nullptr; }
  QtWeak<T> toWeakRef() const { return QtWeak<T>(std::weak_ptr<T>(held_)); }
  void reset() { held_.reset(); }

 private:
  std::shared_ptr<T> held_;
};

struct counter {
  int calls = 0;
  void on() { ++calls; }
};

}  // namespace

TEST_CASE("a receiver that tracks an object is gone when the object is") {
  aldis::signal<void()> tick;
  auto object = std::make_shared<int>(1);
  aldis::connection c;

  SUBCASE("given as shared_ptr") {
    c = tick.connect([] {}, aldis::tracking(object));
  }
  SUBCASE("given as weak_ptr") {
    c = tick.connect([] {}, aldis::tracking(std::weak_ptr<int>(object)));
  }
  SUBCASE("given as a shared_ptr in a variable that is const") {
    const std::shared_ptr<int> kept = object;
    c = tick.connect([] {}, aldis::tracking(kept));
  }

  CHECK(object.use_count() == 1);
  CHECK(tick.send() == 1);
  CHECK(c.connected());

  object.reset();

  CHECK(tick.send() == 0);
  CHECK_FALSE(c.connected());
  CHECK(tick.size() == 0);
  CHECK_FALSE(tick.has_receivers());
  CHECK(tick.receivers().empty());
}

TEST_CASE("size, connected and receivers do not count a receiver whose object is gone") {
  aldis::signal<void()> tick;
  auto object = std::make_shared<int>(1);
  const aldis::connection c = tick.connect([] {}, aldis::tracking(object));

  object.reset();

  SUBCASE("connected") { CHECK_FALSE(c.connected()); }
  SUBCASE("size") { CHECK(tick.size() == 0); }
  SUBCASE("bool") { CHECK_FALSE(static_cast<bool>(tick)); }
  SUBCASE("receivers") { CHECK(tick.receivers().empty()); }
}

TEST_CASE("a receiver may track several objects, and ends with the first of them") {
  aldis::signal<void()> tick;
  std::vector<std::shared_ptr<int>> objects;
  for (int i = 0; i < 3; ++i) objects.push_back(std::make_shared<int>(i));
  tick.connect([] {}, aldis::tracking(objects[0]), aldis::tracking(objects[1]),
               aldis::tracking(objects[2]));

  CHECK(tick.send() == 1);
  for (const auto& each : objects) CHECK(each.use_count() == 1);
  objects[1].reset();

  CHECK(tick.send() == 0);
}

TEST_CASE("the objects are kept alive while the receiver runs, and no longer") {
  aldis::signal<void()> tick;
  calls log;
  auto object = std::shared_ptr<std::string>(new std::string("object"), [&](std::string* s) {
    log.push_back("destroyed");
    delete s;
  });
  tick.connect(
      [&, seen = object.get()] {
        object.reset();
        log.push_back(*seen);
      },
      aldis::tracking(object));
  tick.connect([&] { log.push_back("next"); });

  tick.send();
  tick.send();

  CHECK(log == calls{"object", "destroyed", "next", "next"});
}

TEST_CASE("a receiver whose object is destroyed before its turn is not called") {
  aldis::signal<void()> tick;
  calls log;
  auto object = std::make_shared<int>(1);
  tick.connect([&] {
    log.push_back("first");
    object.reset();
  });
  tick.connect([&] { log.push_back("tracking"); }, aldis::tracking(object));
  tick.connect([&] { log.push_back("last"); });

  tick.send();

  CHECK(log == calls{"first", "last"});
}

TEST_CASE("a receiver that tracks an expired pointer is never called") {
  aldis::signal<void()> tick;
  std::weak_ptr<int> dead = std::make_shared<int>(1);
  const aldis::connection c = tick.connect([] {}, aldis::tracking(dead));

  CHECK_FALSE(c.connected());
  CHECK(tick.send() == 0);
  CHECK(tick.size() == 0);
}

TEST_CASE(
    "the captures of an expired receiver are destroyed by the next send or query at the latest") {
  aldis::signal<void()> tick;
  auto object = std::make_shared<int>(1);
  const auto captured = std::make_shared<int>(2);
  tick.connect([captured] {}, aldis::tracking(object));
  object.reset();

  SUBCASE("send") { tick.send(); }
  SUBCASE("size") { static_cast<void>(tick.size()); }
  SUBCASE("receivers") { static_cast<void>(tick.receivers()); }

  CHECK(captured.use_count() == 1);
}

TEST_CASE("expired receivers do not accumulate in a signal without sends") {
  aldis::signal<void()> tick;
  const auto captured = std::make_shared<int>(1);
  for (int i = 0; i < 10000; ++i) {
    tick.connect([captured] {}, aldis::tracking(std::make_shared<int>(i)));
  }

  CHECK(captured.use_count() < 1000);
}

TEST_CASE("tracking combines with every other option") {
  aldis::signal<void(int)> ready;
  calls log;
  auto object = std::make_shared<int>(1);
  ready.connect([&](int n) { log.push_back(std::to_string(n)); }, aldis::tracking(object),
                aldis::from(1), aldis::from(2), aldis::times(3), aldis::priority(1),
                aldis::when([](int n) { return n < 3; }), aldis::id("x"));

  ready.send(1);
  ready.send(3);
  ready.send(2);
  CHECK(ready.has_receivers_for(1));
  object.reset();
  CHECK_FALSE(ready.has_receivers_for(1));
  CHECK_FALSE(ready.is_connected(aldis::id("x")));
  ready.send(1);

  CHECK(log == calls{"1", "2"});
}

TEST_CASE("smart pointers of other libraries are recognized by their interface") {
  aldis::signal<void()> tick;
  own_shared<int> object(std::make_shared<int>(1));
  tick.connect([] {}, aldis::tracking(object));

  CHECK(tick.send() == 1);
  object.reset();
  CHECK(tick.send() == 0);
}

TEST_CASE("a tracked object may own the connection") {
  struct owner {
    aldis::scoped_connection kept;
  };
  aldis::signal<void()> tick;
  calls log;
  auto object = std::make_shared<owner>();
  object->kept = tick.connect([&] { log.push_back("heard"); }, aldis::tracking(object));
  tick.connect([&] { object.reset(); }, aldis::priority(1));

  tick.send();

  CHECK(log == calls{});
  CHECK(tick.size() == 1);
}

TEST_CASE("a pointer that owns an object but stores null is tracked like any other") {
  aldis::signal<void()> tick;
  calls log;
  std::shared_ptr<int> none(static_cast<int*>(nullptr));
  auto life = std::make_shared<int>(1);
  std::shared_ptr<void> alias(life, nullptr);
  const auto first = tick.connect([&] { log.emplace_back("first"); }, aldis::tracking(none));
  const auto second = tick.connect([&] { log.emplace_back("second"); },
                                   aldis::tracking(std::weak_ptr<void>(alias)));

  CHECK(tick.send() == 2);
  CHECK(tick.send() == 2);
  none.reset();
  CHECK(tick.send() == 1);
  alias.reset();
  CHECK(second.connected());  // life owns it, too
  CHECK(tick.send() == 1);
  life.reset();
  CHECK(tick.send() == 0);

  CHECK(log == calls{"first", "second", "first", "second", "second", "second"});
  CHECK_FALSE(first.connected());
  CHECK_FALSE(second.connected());
  CHECK(tick.size() == 0);
}

TEST_CASE("pointers with Qt's interface are objects, trackers and senders") {
  aldis::signal<void(const counter&)> told;
  QtShared<counter> object(std::make_shared<counter>());
  const counter other;
  told.connect(&counter::on, object);
  told.connect(&counter::on, object.toWeakRef());
  told.connect([] {}, aldis::tracking(object));
  told.connect([] {}, aldis::tracking(object.toWeakRef()));
  told.connect([] {}, aldis::from(object));
  told.connect([] {});

  CHECK(told.send(*object) == 5);  // object and method are one receiver
  CHECK(told.send(other) == 4);
  CHECK(object.get()->calls == 2);
  object.reset();
  CHECK(told.size() == 1);
  CHECK(told.send(other) == 1);
}

TEST_CASE("has_receivers stops at the first connected receiver") {
  struct watched {
    int* asked;
    std::shared_ptr<int> life;
    std::shared_ptr<int> lock() const { return life; }
    bool expired() const { return ++*asked, life == nullptr; }
  };
  aldis::signal<void()> tick;
  int asked = 0;
  for (int i = 0; i < 1000; ++i) {
    tick.connect([] {}, aldis::tracking(watched{&asked, std::make_shared<int>(i)}));
  }
  asked = 0;

  CHECK(tick.has_receivers());
  CHECK(asked == 1);
}
