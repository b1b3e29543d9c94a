// has_receivers_for, is_connected, size and the other queries are exact.

#include <aldis/signal.hpp>

#include <doctest/doctest.h>

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
