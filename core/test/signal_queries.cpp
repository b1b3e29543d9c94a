// has_receivers_for, is_connected, size and the other queries are exact.

#include <aldis/signal.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace {

void receiver(int) {}
void other(int) {}

/// Whether a send by 0, 1 and 2 would call a receiver. Checks the answer with sends.
std::vector<bool> heard(const aldis::signal<void(int)>& ready) {
  std::vector<bool> asked;
  std::vector<bool> tried;
  for (int i = 0; i < 3; ++i) asked.push_back(ready.has_receivers_for(i));
  for (int i = 0; i < 3; ++i) tried.push_back(ready.send(i) != 0);
  CHECK(asked == tried);
  return asked;
}

using yes_no = std::vector<bool>;
const yes_no none{false, false, false};
const yes_no all{true, true, true};

/// Smart pointers that count how often it is asked whether their object has expired.
class counting_weak;

std::size_t asked_expired = 0;

class counting_shared {
 public:
  using weak_type = counting_weak;
  int* get() const { return held_.get(); }
  void reset() { held_.reset(); }

 private:
  friend class counting_weak;
  std::shared_ptr<int> held_ = std::make_shared<int>(1);
};

class counting_weak {
 public:
  counting_weak(const counting_shared& from) : watched_(from.held_) {}
  counting_shared lock() const {
    counting_shared locked;
    locked.held_ = watched_.lock();
    return locked;
  }
  bool expired() const {
    ++asked_expired;
    return watched_.expired();
  }

 private:
  std::weak_ptr<int> watched_;
};

/// How often `queries` times has_receivers(), each of which must be `expected`, asked for an
/// object.
std::size_t asked_by(const aldis::signal<void(int)>& ready, int queries, bool expected) {
  asked_expired = 0;
  for (int i = 0; i < queries; ++i) CHECK(ready.has_receivers() == expected);
  return asked_expired;
}

}  // namespace

TEST_CASE("has_receivers_for finds receivers of every sender and of one") {
  aldis::signal<void(int)> ready;
  CHECK(heard(ready) == none);

  const aldis::scoped_connection one = ready.connect(receiver, aldis::from(1));
  CHECK(heard(ready) == yes_no{false, true, false});

  const aldis::scoped_connection every = ready.connect(other);
  CHECK(heard(ready) == all);
}

TEST_CASE("has_receivers_for does not find a removed subscription") {
  aldis::signal<void(int)> ready;
  ready.connect(receiver, aldis::from(1));
  ready.connect(receiver, aldis::from(2));

  ready.disconnect(receiver, aldis::from(1));
  CHECK(heard(ready) == yes_no{false, false, true});
  ready.connect(other, aldis::from(2));
  ready.disconnect(receiver, aldis::from(2));
  CHECK(heard(ready) == yes_no{false, false, true});
  ready.disconnect(other, aldis::from(2));
  CHECK(heard(ready) == none);
  CHECK_FALSE(ready.has_receivers());
}

TEST_CASE("has_receivers_for respects excluded senders") {
  aldis::signal<void(int)> ready;
  ready.connect(receiver, aldis::not_from(0));
  CHECK(heard(ready) == yes_no{false, true, true});

  ready.connect(receiver, aldis::not_from(1));
  CHECK(heard(ready) == all);
}

TEST_CASE("has_receivers_for respects mutes and blocks") {
  aldis::signal<void(int)> ready;
  const aldis::connection c = ready.connect(receiver, aldis::from(1));
  {
    const aldis::signal_mute mute = ready.mute();
    CHECK(heard(ready) == none);
    CHECK(ready.has_receivers());
  }
  {
    const aldis::connection_block block = c.block();
    CHECK(heard(ready) == none);
    CHECK(ready.size() == 1);
  }
  CHECK(heard(ready) == yes_no{false, true, false});
}

TEST_CASE("has_receivers_for does not find expired receivers and senders") {
  aldis::signal<void(int)> ready;
  auto object = std::make_shared<int>(1);
  ready.connect(receiver, aldis::tracking(object));
  CHECK(heard(ready) == all);
  object.reset();
  CHECK(heard(ready) == none);

  aldis::signal<void(const int*)> told;
  auto sender = std::make_shared<int>(1);
  const int* const address = sender.get();
  told.connect([] {}, aldis::from(sender));
  CHECK(told.has_receivers_for(sender));
  CHECK(told.has_receivers_for(address));
  sender.reset();
  CHECK_FALSE(told.has_receivers_for(address));
}

TEST_CASE("has_receivers_for does not find a receiver after its last call") {
  aldis::signal<void(int)> ready;
  ready.connect(receiver, aldis::once, aldis::from(1));

  CHECK(ready.has_receivers_for(1));
  ready.send(1);
  CHECK_FALSE(ready.has_receivers_for(1));
}

TEST_CASE("has_receivers_for does not call predicates") {
  aldis::signal<void(int)> ready;
  bool asked = false;
  ready.connect(receiver, aldis::when([&] { return asked = true; }));

  CHECK(ready.has_receivers_for(1));
  CHECK_FALSE(asked);
}

TEST_CASE("inside a send, has_receivers_for is about the next one") {
  aldis::signal<void(int)> ready;
  yes_no asked;
  aldis::connection own;
  own = ready.connect(
      [&] {
        asked.push_back(ready.has_receivers_for(1));
        own.disconnect();
        asked.push_back(ready.has_receivers_for(1));
        ready.connect(receiver, aldis::from(1));
        asked.push_back(ready.has_receivers_for(1));
      },
      aldis::from(1));

  ready.send(1);

  CHECK(asked == yes_no{true, false, true});
}

TEST_CASE("is_connected is true for a receiver with any senders") {
  aldis::signal<void(int)> ready;
  yes_no asked{ready.is_connected(receiver)};
  const aldis::connection c = ready.connect(receiver, aldis::from(1));
  asked.push_back(ready.is_connected(receiver));
  asked.push_back(ready.is_connected(other));
  {
    const aldis::signal_mute mute = ready.mute();
    const aldis::connection_block block = c.block();
    asked.push_back(ready.is_connected(receiver));
  }
  ready.disconnect(receiver, aldis::from(1));
  asked.push_back(ready.is_connected(receiver));

  CHECK(asked == yes_no{false, true, false, true, false});
}

TEST_CASE("is_connected is false after a tracked object expired") {
  struct listener {
    void on(int) {}
  };
  aldis::signal<void(int)> ready;
  auto l = std::make_shared<listener>();
  listener* const address = l.get();
  auto object = std::make_shared<int>(1);
  ready.connect<&listener::on>(l);
  ready.connect(receiver, aldis::tracking(object));
  CHECK(ready.is_connected(&listener::on, address));
  CHECK(ready.is_connected(receiver));

  l.reset();
  object.reset();

  CHECK_FALSE(ready.is_connected(&listener::on, address));
  CHECK_FALSE(ready.is_connected(receiver));
}

TEST_CASE("size counts receivers, not subscriptions") {
  aldis::signal<void(int)> ready;
  std::vector<std::size_t> sizes{ready.size()};
  ready.connect(receiver, aldis::from(1), aldis::from(2));
  sizes.push_back(ready.size());
  ready.connect(receiver, aldis::from(3));
  sizes.push_back(ready.size());
  ready.connect(receiver);
  sizes.push_back(ready.size());
  ready.connect([] {}, aldis::id("x"));
  ready.connect([] {}, aldis::id("x"));
  sizes.push_back(ready.size());
  ready.disconnect(receiver, aldis::from(1));
  sizes.push_back(ready.size());
  ready.disconnect(receiver);
  sizes.push_back(ready.size());

  CHECK(sizes == std::vector<std::size_t>{0, 1, 1, 1, 2, 2, 1});
}

TEST_CASE("has_receivers asks one weak receiver, however many are connected") {
  for (const std::size_t count : {1U, 10U, 1000U}) {
    aldis::signal<void(int)> ready;
    const std::vector<counting_shared> objects(count);
    for (const counting_shared& each : objects) ready.connect([] {}, aldis::tracking(each));
    CHECK(asked_by(ready, 50, true) == 50);

    ready.connect([] {});
    CHECK(asked_by(ready, 50, true) == 0);
  }
}

TEST_CASE("has_receivers asks each expired receiver once") {
  constexpr std::size_t count = 1000;
  aldis::signal<void(int)> ready;
  std::vector<counting_shared> objects(count);
  std::vector<aldis::connection> kept;
  kept.reserve(count);
  for (const counting_shared& each : objects)
    kept.push_back(ready.connect([] {}, aldis::tracking(each)));

  SUBCASE("while one is left") {
    std::size_t left = 0;
    SUBCASE("which was connected before them") { left = 0; }
    SUBCASE("which was connected after them") { left = count - 1; }
    SUBCASE("which was connected between them") { left = count / 2; }
    for (std::size_t i = 0; i < count; ++i) {
      if (i != left) objects[i].reset();
    }
    CHECK(asked_by(ready, 50, true) <= count + 50);
    CHECK(asked_by(ready, 50, true) == 50);
    CHECK(ready.send(1) == 1);
  }
  SUBCASE("when none is left") {
    for (counting_shared& each : objects) each.reset();
    CHECK(asked_by(ready, 50, false) == count);
    CHECK(ready.size() == 0);
  }
  SUBCASE("when they expire one after the other") {
    std::size_t asked = 0;
    for (counting_shared& each : objects) {
      asked += asked_by(ready, 1, true);
      each.reset();
    }
    CHECK(asked <= 2 * count);
    CHECK_FALSE(ready.has_receivers());
  }
}

TEST_CASE("has_receivers is true until the last sender of a receiver has expired") {
  constexpr std::size_t count = 100;
  aldis::signal<void(const int*)> told;
  std::vector<std::shared_ptr<int>> senders;
  senders.reserve(count);
  for (std::size_t i = 0; i < count; ++i) senders.push_back(std::make_shared<int>(1));
  const auto both = told.connect([] {}, aldis::from(senders.front()), aldis::from(senders.back()));
  for (const auto& each : senders) told.connect([] {}, aldis::from(each));

  senders.resize(1);
  CHECK(told.has_receivers());
  CHECK(told.send(senders.front().get()) == 2);
  CHECK(both.connected());

  senders.clear();
  CHECK_FALSE(told.has_receivers());
  CHECK_FALSE(both.connected());
  CHECK(told.size() == 0);
}

TEST_CASE("has_receivers destroys the expired receivers that it finds") {
  aldis::signal<void()> tick;
  auto object = std::make_shared<int>(1);
  auto captured = std::make_shared<int>(1);
  const std::weak_ptr<int> watched = captured;
  tick.connect([captured = std::move(captured)] {}, aldis::tracking(object));
  CHECK(tick.has_receivers());
  CHECK_FALSE(watched.expired());

  object.reset();

  CHECK_FALSE(tick.has_receivers());
  CHECK(watched.expired());
}
