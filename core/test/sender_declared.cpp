#include <aldis/named.hpp>
#include <aldis/receiver_info.hpp>
#include <aldis/signal.hpp>

#include "declared_sender.hpp"
#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <type_traits>
#include <vector>

namespace library {
// These types are never defined.
struct database;
enum state : int;
struct scoped;
}  // namespace library

namespace {

using library::database;
using library::state;

using declared::model;

std::size_t connect_declared(aldis::signal<void(library::scoped&)>& changed,
                             library::scoped& sender) {
  changed.connect([] {}, aldis::from(sender));
  return changed.send(sender);
}

database* handle(std::uintptr_t address) { return reinterpret_cast<database*>(address); }

}  // namespace

TEST_CASE("a pointer to an incomplete class is a sender") {
  aldis::signal<void(database*, int)> changed;
  database* const a = handle(0x1000);
  database* const b = handle(0x2000);
  std::vector<int> log;
  changed.connect([&](database*, int n) { log.push_back(n); });
  changed.connect([&](database*, int n) { log.push_back(10 * n); }, aldis::from(a));
  changed.connect([] {}, aldis::not_from(a));
  changed.connect([&](database* from, int n) { log.push_back(from == b ? 100 * n : 0); },
                  aldis::when([&](const database* from) { return from == b; }));

  CHECK(changed.send(a, 1) == 2);
  CHECK(changed.send(b, 2) == 3);
  CHECK(changed.send(nullptr, 3) == 2);
  CHECK(log == std::vector<int>{1, 10, 2, 200, 3});
  CHECK(changed.has_receivers_for(a));
}

TEST_CASE("pointers to an incomplete class are distinguished, however they are passed") {
  database* const a = handle(0x1000);
  database* const b = handle(0x2000);
  const database* const same = a;
  const auto heard = [&]<class S>(std::type_identity<S>, const auto& chosen, auto&& first,
                                  auto&& second) {
    aldis::signal<void(S)> changed;
    changed.connect([] {}, aldis::from(chosen));
    return std::vector<bool>{changed.send(first) == 1, changed.send(second) == 1,
                             changed.has_receivers_for(first), changed.has_receivers_for(second)};
  };
  const std::vector<bool> first_only{true, false, true, false};

  CHECK(heard(std::type_identity<database*>(), a, a, b) == first_only);
  CHECK(heard(std::type_identity<const database*>(), a, a, b) == first_only);
  CHECK(heard(std::type_identity<const database*>(), same, a, b) == first_only);
  CHECK(heard(std::type_identity<database&>(), a, *a, *b) == first_only);
  CHECK(heard(std::type_identity<const database&>(), *a, *a, *b) == first_only);
  CHECK(heard(std::type_identity<const void*>(), a, a, b) == first_only);
  CHECK(heard(std::type_identity<const std::shared_ptr<database>&>(), a,
              std::shared_ptr<database>(std::shared_ptr<void>(), a),
              std::shared_ptr<database>(std::shared_ptr<void>(), b)) == first_only);
}

TEST_CASE("subscriptions to a pointer to an incomplete class are removed one by one") {
  struct counter {
    int calls = 0;
    void on() { ++calls; }
  };
  aldis::signal<void(database*)> changed;
  database* const a = handle(0x1000);
  database* const b = handle(0x2000);
  counter c;
  changed.connect(&counter::on, c, aldis::from(a), aldis::from(b));
  changed.disconnect(&counter::on, c, aldis::from(a));

  changed.send(a);
  changed.send(b);
  CHECK(c.calls == 1);
}

TEST_CASE("an enumeration that is only declared is a sender") {
  aldis::signal<void(state)> entered;
  entered.connect([] {}, aldis::from(state{2}));

  CHECK(entered.send(state{2}) == 1);
  CHECK(entered.send(state{1}) == 0);
}

TEST_CASE("a signal of an incomplete class can be named") {
  aldis::registry names;
  auto& changed = names.named<void(database*)>("changed");
  changed.connect([] {}, aldis::from(handle(0x1000)));

  CHECK(names.named<void(database*)>("changed").send(handle(0x1000)) == 1);
  CHECK(changed.receivers().front().selection == "from(0x1000)");
}

TEST_CASE("a class with virtual functions is the same sender where it is incomplete") {
  model& first = declared::first_model();
  model& second = declared::second_model();

  aldis::signal<void(model&)> by_reference;
  aldis::signal<void(const model*, int)> by_pointer;
  int here = 0;
  int there = 0;
  by_reference.connect([&] { ++here; }, aldis::from(first));
  by_pointer.connect([&] { ++here; }, aldis::from(first));
  const auto a = declared::hear(by_reference, there, first);
  const auto b = declared::hear(by_pointer, there, first);

  CHECK(by_reference.send(first) == 2);
  CHECK(by_reference.send(second) == 0);
  CHECK(by_pointer.send(&first, 0) == 2);
  CHECK(by_pointer.send(&second, 0) == 0);
  CHECK(declared::send_whole(by_reference, first) == 2);
  CHECK(declared::send_whole(by_reference, second) == 0);
  CHECK(declared::send_whole(by_pointer, first) == 2);
  CHECK(declared::send_whole(by_pointer, second) == 0);
  CHECK(here == 4);
  CHECK(there == 4);
}

// From here on, the classes are defined, in the same file and for the same functions.
struct library::database {
  virtual ~database() = default;
};
struct library::scoped {
  aldis::sender_scope scope;
};

TEST_CASE("an object stays the same sender after its class is defined") {
  database a;
  database b;
  aldis::signal<void(database*)> changed;
  changed.connect([] {}, aldis::from(&a));

  CHECK(changed.send(&a) == 1);
  CHECK(changed.send(&b) == 0);
}

TEST_CASE("a sender_scope is found only where its class is defined") {
  aldis::signal<void(library::scoped&)> changed;
  std::optional<library::scoped> sender;
  sender.emplace();
  CHECK(connect_declared(changed, *sender) == 1);
  changed.connect([] {}, aldis::from(*sender));
  // Either connect tells the subscription when its sender ends.
  sender.emplace();
  CHECK(changed.send(*sender) == 0);

  CHECK(connect_declared(changed, *sender) == 1);
  sender.emplace();
  CHECK(changed.send(*sender) == 1);
}
