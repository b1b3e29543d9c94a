// Destroyed senders: a new object at the same address must not inherit their receivers.

#include <aldis/receiver_info.hpp>
#include <aldis/signal.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cstddef>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

static_assert(std::is_copy_constructible_v<aldis::sender_scope>);
static_assert(std::is_copy_assignable_v<aldis::sender_scope>);

namespace {

struct plain {
  int number = 0;
};

struct scoped {
  int number = 0;
  aldis::sender_scope scope;
};

struct interface {
  virtual ~interface() = default;
};
struct scoped_base {
  virtual ~scoped_base() = default;
  aldis::sender_scope scope;
};
struct with_scoped_base : interface, scoped_base {
  std::array<long, 8> more{};
};
struct scoped_first : interface {
  aldis::sender_scope scope;
};

/// A shared pointer whose weak pointers count how often they are asked.
template <class T>
struct shared_with_count {
  using weak_type = struct weak_with_count {
    explicit weak_with_count(const shared_with_count& from) : to(from.shared) {}
    std::shared_ptr<T> lock() const { return to.lock(); }
    bool expired() const {
      ++asked;
      return to.expired();
    }
    std::weak_ptr<T> to;
  };

  T& operator*() const { return *shared; }
  T* operator->() const { return shared.get(); }
  T* get() const { return shared.get(); }
  explicit operator bool() const { return shared != nullptr; }

  std::shared_ptr<T> shared = std::make_shared<T>();
  static inline std::size_t asked = 0;
};

template <class T>
struct storage {
  alignas(T) unsigned char bytes[sizeof(T)];
  T& make() { return *::new (static_cast<void*>(bytes)) T(); }
};

void receiver(const scoped&) {}

}  // namespace

TEST_CASE("subscriptions to a sender in a shared_ptr end with it") {
  aldis::signal<void(const plain&)> told;
  storage<plain> room;
  plain& first = room.make();
  auto owner = std::shared_ptr<plain>(&first, [](plain* p) { p->~plain(); });
  const aldis::connection c = told.connect([] {}, aldis::from(owner));
  const aldis::connection weak = told.connect([] {}, aldis::from(std::weak_ptr<plain>(owner)));

  CHECK(told.send(first) == 2);
  CHECK(owner.use_count() == 1);
  owner.reset();
  plain& second = room.make();

  CHECK(&first == &second);
  CHECK_FALSE(told.has_receivers_for(second));
  CHECK(told.send(second) == 0);
  CHECK(told.size() == 0);
  CHECK_FALSE(c.connected());
  CHECK_FALSE(weak.connected());
  CHECK(told.receivers().empty());
}

TEST_CASE("subscriptions to a sender with a sender_scope end with it") {
  aldis::signal<void(const scoped&)> told;
  storage<scoped> room;
  scoped& first = room.make();
  const aldis::connection c = told.connect([] {}, aldis::from(first));
  const aldis::connection by_pointer = told.connect([] {}, aldis::from(&first));

  CHECK(told.send(first) == 2);
  first.~scoped();
  scoped& second = room.make();

  CHECK_FALSE(told.has_receivers_for(second));
  CHECK(told.send(second) == 0);
  CHECK(told.size() == 0);
  CHECK_FALSE(c.connected());
  CHECK_FALSE(by_pointer.connected());
  second.~scoped();
}

TEST_CASE("a new object at the address can be a sender itself") {
  aldis::signal<void(const scoped&)> told;
  std::vector<std::string> log;
  storage<scoped> room;
  for (int i = 0; i < 5; ++i) {
    scoped& sender = room.make();
    told.connect([&log, i] { log.push_back(std::to_string(i)); }, aldis::from(sender));
    told.send(sender);
    sender.~scoped();
  }

  CHECK(log == std::vector<std::string>{"0", "1", "2", "3", "4"});
  CHECK(told.size() == 0);
}

TEST_CASE("connecting to a new object at the address does not restore the old subscription") {
  aldis::signal<void(const scoped&)> told;
  storage<scoped> room;
  scoped& first = room.make();
  const aldis::connection old = told.connect(receiver, aldis::from(first));
  first.~scoped();
  scoped& second = room.make();
  CHECK(told.send(second) == 0);

  const aldis::connection fresh = told.connect(receiver, aldis::from(second));

  CHECK_FALSE(old == fresh);
  CHECK(told.send(second) == 1);
  second.~scoped();
}

TEST_CASE("only the subscriptions to the destroyed sender end") {
  aldis::signal<void(const scoped&)> told;
  std::optional<scoped> first(std::in_place);
  const scoped second;
  told.connect(receiver, aldis::from(*first));
  const aldis::connection c = told.connect(receiver, aldis::from(second));

  first.reset();

  CHECK(c.connected());
  CHECK(told.size() == 1);
  CHECK(told.send(second) == 1);
}

TEST_CASE("a sender may be destroyed after one of its subscriptions was removed") {
  aldis::signal<void(const scoped&)> told;
  std::optional<scoped> first(std::in_place);
  const scoped second;
  told.connect(receiver, aldis::from(*first), aldis::from(second));
  told.connect([] {}, aldis::from(*first));
  told.disconnect(receiver, aldis::from(*first));

  first.reset();

  CHECK(told.size() == 1);
  CHECK(told.send(second) == 1);
}

TEST_CASE("a receiver of every sender stays connected when one of them is destroyed") {
  aldis::signal<void(const scoped&)> told;
  storage<scoped> room;
  scoped& first = room.make();
  told.connect(receiver);
  told.connect(receiver, aldis::from(first));
  first.~scoped();
  scoped& second = room.make();

  CHECK(told.send(second) == 1);
  CHECK(told.size() == 1);
  second.~scoped();
}

TEST_CASE("a new object at the address of an excluded sender is not excluded") {
  aldis::signal<void(const scoped&)> told;
  storage<scoped> room;
  scoped& first = room.make();
  told.connect([] {}, aldis::not_from(first));
  CHECK(told.send(first) == 0);
  first.~scoped();
  scoped& second = room.make();

  CHECK(told.send(second) == 1);
  CHECK(told.has_receivers_for(second));
  second.~scoped();
}

TEST_CASE("a copy of a sender is another sender") {
  aldis::signal<void(const scoped&)> told;
  const scoped original;
  told.connect([] {}, aldis::from(original));
  const scoped copy = original;
  scoped assigned;
  assigned = original;

  CHECK(told.send(copy) == 0);
  CHECK(told.send(assigned) == 0);
  CHECK(told.send(original) == 1);
  told.connect([] {}, aldis::from(assigned));
  CHECK(told.send(assigned) == 1);
}

TEST_CASE("a scope in any base class is found through every type") {
  storage<with_scoped_base> room;
  aldis::signal<void(const scoped_base&)> by_base;
  aldis::signal<void(const with_scoped_base&)> by_class;
  aldis::signal<void(aldis::any_sender)> by_anything;
  with_scoped_base& first = room.make();
  scoped_base& seen_as_base = first;

  by_base.connect([] {}, aldis::from(seen_as_base));
  by_base.connect([] {}, aldis::from(first));
  by_class.connect([] {}, aldis::from(first));
  by_anything.connect([] {}, aldis::from(first));
  by_anything.connect([] {}, aldis::from(seen_as_base));
  CHECK(by_base.send(first) == 2);
  CHECK(by_class.send(first) == 1);
  CHECK(by_anything.send(first) == 1);
  CHECK(by_anything.send(seen_as_base) == 1);
  first.~with_scoped_base();
  with_scoped_base& second = room.make();

  CHECK(by_base.send(second) == 0);
  CHECK(by_class.send(second) == 0);
  CHECK(by_anything.send(second) == 0);
  CHECK(by_anything.send(static_cast<scoped_base&>(second)) == 0);
  second.~with_scoped_base();
}

TEST_CASE("a scope is found through the class that contains it, also if a base is sent") {
  storage<scoped_first> room;
  aldis::signal<void(const interface&)> told;
  scoped_first& first = room.make();
  told.connect([] {}, aldis::from(first));
  // interface does not show that there is a scope; the subscription above does.
  told.connect([] {}, aldis::from(static_cast<const interface&>(first)));
  CHECK(told.send(first) == 2);
  first.~scoped_first();
  scoped_first& second = room.make();

  CHECK(told.send(second) == 0);
  CHECK(told.size() == 0);
  second.~scoped_first();
}

TEST_CASE("a scope belongs to its own object, not to an adjacent one") {
  struct pair {
    plain a;
    scoped b;
    plain c;
  };
  aldis::signal<void(const plain&)> told;
  auto both = std::make_unique<pair>();
  told.connect([] {}, aldis::from(both->a));
  told.connect([] {}, aldis::from(both->c));
  both->b.~scoped();

  CHECK(told.send(both->a) == 1);
  CHECK(told.send(both->c) == 1);
  ::new (static_cast<void*>(&both->b)) scoped();
}

TEST_CASE("receivers of destroyed senders do not accumulate, and their captures are destroyed") {
  aldis::signal<void(const plain&)> told;
  const auto captured = std::make_shared<int>(1);
  for (int i = 0; i < 10000; ++i) {
    const auto sender = std::make_shared<plain>();
    told.connect([captured] {}, aldis::from(sender));
  }

  CHECK(captured.use_count() < 1000);
  CHECK(told.size() == 0);
  CHECK(captured.use_count() == 1);
}

TEST_CASE("a sender may be destroyed in its own send") {
  aldis::signal<void(const plain&)> told;
  auto sender = std::make_shared<plain>();
  std::vector<std::string> log;
  told.connect([&] { sender.reset(); }, aldis::from(sender));
  told.connect([&] { log.push_back("everybody"); });

  told.send(*sender);

  CHECK(log == std::vector<std::string>{"everybody"});
  CHECK(told.size() == 1);
}

TEST_CASE("the subscriptions to a tracked sender end on all signals") {
  std::vector<aldis::signal<void(const scoped&)>> told(20);
  auto sender = std::make_unique<scoped>();
  for (auto& each : told) each.connect([] {}, aldis::from(*sender));
  sender.reset();

  std::size_t left = 0;
  for (const auto& each : told) left += each.size();
  CHECK(left == 0);
}

TEST_CASE("each connect of a receiver with many senders looks at few of them") {
  aldis::signal<void(const plain&)> moved;
  std::vector<shared_with_count<plain>> senders(1000);
  struct listener {
    void on(const plain&) {}
  } own;
  shared_with_count<plain>::asked = 0;

  SUBCASE("while they live") {
    for (const auto& sender : senders) moved.connect<&listener::on>(own, aldis::from(sender));
    CHECK(moved.size() == 1);
  }
  SUBCASE("while they die") {
    for (auto& sender : senders) {
      moved.connect<&listener::on>(own, aldis::from(sender));
      sender.shared.reset();
    }
    CHECK(moved.size() == 0);
  }
  SUBCASE("after those in the middle have died") {
    for (std::size_t i = 0; i < senders.size(); ++i) {
      moved.connect<&listener::on>(own, aldis::from(senders[i]));
      if (i % 2 == 1) senders[i - 1].shared.reset();
    }
    CHECK(moved.size() == 1);
  }
  CHECK(shared_with_count<plain>::asked < 10 * senders.size());
}
