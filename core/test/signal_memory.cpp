// The allocations of signals. This file replaces the allocation functions of the test program.

#include <aldis/named.hpp>
#include <aldis/signal.hpp>

#include "event.hpp"
#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <list>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace {

std::atomic<std::size_t> allocations{0};
/// Counts down to the allocation of this thread that fails; 0: none.
thread_local std::size_t fails_in = 0;

void* allocated(std::size_t size, std::size_t alignment) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  if (fails_in != 0 && --fails_in == 0) throw std::bad_alloc();
  const std::size_t rounded = (size + alignment - 1) / alignment * alignment;
  void* const p = alignment <= alignof(std::max_align_t)
                      ? std::malloc(size == 0 ? 1 : size)
                      : std::aligned_alloc(alignment, rounded == 0 ? alignment : rounded);
  if (!p) throw std::bad_alloc();
  return p;
}

/// The number of allocations of `work`.
template <class Work>
std::size_t allocations_in(const Work& work) {
  const std::size_t before = allocations.load();
  work();
  return allocations.load() - before;
}

struct two_words {
  int* heard;
  long more = 1;
  void operator()() const { ++*heard; }
};

/// The first send of a thread allocates its record.
void warm_up() {
  aldis::signal<void()> any;
  any.connect([&] { any.send(); });
  any.disconnect_all();
  any.connect([] {});
  any.send();
}

}  // namespace

void* operator new(std::size_t size) { return allocated(size, 1); }
void* operator new[](std::size_t size) { return allocated(size, 1); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return allocated(size, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
  return allocated(size, static_cast<std::size_t>(alignment));
}
// The sanitizers' versions would not match the replaced ones.
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  allocations.fetch_add(1, std::memory_order_relaxed);
  return std::malloc(size == 0 ? 1 : size);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  allocations.fetch_add(1, std::memory_order_relaxed);
  return std::malloc(size == 0 ? 1 : size);
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete[](void* p) noexcept { std::free(p); }
void operator delete(void* p, const std::nothrow_t&) noexcept { std::free(p); }
void operator delete[](void* p, const std::nothrow_t&) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
void operator delete[](void* p, std::size_t) noexcept { std::free(p); }
void operator delete(void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete[](void* p, std::align_val_t) noexcept { std::free(p); }
void operator delete(void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }
void operator delete[](void* p, std::size_t, std::align_val_t) noexcept { std::free(p); }

TEST_CASE("the test counts the allocations of the library") {
  aldis::signal<void()> tick;

  CHECK(allocations_in([&] { tick.connect([] {}); }) > 0);
}

TEST_CASE("nothing is allocated before the first connect") {
  CHECK(allocations_in([] {
          aldis::signal<void(int)> ready;
          ready.send(1);
          ready(2);
          if (ready || ready.has_receivers() || ready.has_receivers_for(1)) ready.send(3);
          ready.disconnect_all();
          aldis::signal<void(int)> moved = std::move(ready);
          ready = std::move(moved);
          if (ready.size() != 0 || ready.muted()) ready.send(4);
        }) == 0);
}

TEST_CASE("a send does not allocate, whatever the receivers and their senders") {
  warm_up();
  aldis::signal<void(std::string_view, int)> sold;
  const auto owner = std::make_shared<int>(1);
  int heard = 0;
  const std::string sender(100, 'x');
  for (int i = 0; i < 100; ++i) sold.connect([&] { ++heard; });

  CHECK(allocations_in([&] { sold.send(sender, 1); }) == 0);

  for (int i = 0; i < 10; ++i) {
    sold.connect([&] { ++heard; }, aldis::from(sender));
    sold.connect([&] { ++heard; }, aldis::not_from("y"));
    sold.connect([&] { ++heard; }, aldis::when([](std::string_view, int n) { return n == 1; }));
    sold.connect([&] { ++heard; }, aldis::tracking(owner));
    sold.connect([&] { ++heard; }, aldis::times(2));
    sold.connect([&] { ++heard; }, aldis::priority(i), aldis::label("labelled"));
  }
  CHECK(allocations_in([&] { sold.send(sender, 1); }) == 0);
  CHECK(heard == 260);
}

TEST_CASE(
    "a send to a topic does not allocate after one on this thread that found as many receivers") {
  aldis::signal<void(std::string_view)> signal;
  for (const char* pattern : {"a.*", "*.b", ">", "a.b", "a.>", "*.*", "*.>"}) {
    for (int i = 0; i < 30; ++i) signal.connect([] {}, aldis::matching(pattern));
  }
  signal.send("a.b");

  CHECK(allocations_in([&] {
          for (const char* topic : {"a.b", "a.c", "x", "a.b"}) signal.send(topic);
        }) == 0);
}

TEST_CASE("nested sends do not allocate after the first ones of the same depth") {
  warm_up();
  aldis::signal<void(int)> ready;
  ready.connect([&](int depth) {
    if (depth < 5) ready.send(depth + 1);
  });

  ready.send(0);

  CHECK(allocations_in([&] { ready.send(0); }) == 0);
}

TEST_CASE("a send allocates only the answers it returns, if they are many") {
  warm_up();
  aldis::signal<int(int)> asked;
  for (int i = 0; i < 8; ++i) asked.connect([](int n) { return n; });

  CHECK(allocations_in([&] { asked.send(1); }) == 0);
  CHECK(allocations_in([&] { asked.send_until([](int n) { return n == 1; }, 1); }) == 0);
  asked.connect([](int n) { return n; });
  CHECK(allocations_in([&] { asked.send(1); }) == 1);
}

TEST_CASE("receivers of up to two words are stored inline, and larger ones cost one allocation") {
  aldis::signal<void()> tick;
  int heard = 0;
  std::vector<aldis::connection> kept;
  for (int i = 0; i < 64; ++i) kept.push_back(tick.connect(two_words{&heard}));
  // Frees slots, so that none need to be allocated below.
  for (const aldis::connection& c : kept) c.disconnect();
  kept.clear();

  char large[100] = {};
  CHECK(allocations_in([&] { tick.connect([&heard] { ++heard; }); }) == 0);
  CHECK(allocations_in([&] { tick.connect(two_words{&heard}); }) == 0);
  CHECK(allocations_in([&] { tick.connect([&heard, large] { heard += 1 + large[3]; }); }) == 1);
  tick.send();
  CHECK(heard == 3);
}

TEST_CASE("connecting small receivers seldom allocates, and disconnecting never") {
  aldis::signal<void()> tick;
  std::vector<aldis::connection> kept;
  kept.reserve(10000);

  const std::size_t made = allocations_in([&] {
    for (int i = 0; i < 10000; ++i) kept.push_back(tick.connect([] {}));
  });
  CHECK(made < 300);

  // The list may be replaced by a shorter one.
  const std::size_t ended = allocations_in([&] {
    for (const aldis::connection& c : kept) c.disconnect();
  });
  CHECK(ended < 30);
}

TEST_CASE("connecting and disconnecting without a send does not accumulate memory") {
  aldis::signal<void(int)> ready;
  for (int i = 0; i < 100; ++i) ready.connect([] {}).disconnect();

  CHECK(allocations_in([&] {
          for (int i = 0; i < 10000; ++i) ready.connect([] {}).disconnect();
        }) == 0);
}

namespace {

/// Fails `connect` at its first allocation, its second and so on until it succeeds, and returns the
/// number of failures. A failure must not change the signal.
template <class Connect>
std::size_t failures_of(std::size_t receivers, const Connect& connect) {
  aldis::signal<void(int)> signal;
  std::size_t calls = 0;
  for (std::size_t i = 0; i < receivers; ++i) signal.connect([&](int) { ++calls; });
  for (std::size_t failures = 0;; ++failures) {
    bool connected = false;
    fails_in = failures + 1;
    try {
      connect(signal);
      connected = true;
    } catch (const std::bad_alloc&) {
    }
    fails_in = 0;

    calls = 0;
    const std::size_t expected = receivers + (connected ? 1 : 0);
    REQUIRE(signal.size() == expected);
    REQUIRE(signal.send(1) == expected);
    REQUIRE(calls == receivers);
    if (connected) return failures;
    // Other receivers can still be connected and disconnected.
    const aldis::scoped_connection one = signal.connect([](int) {});
    REQUIRE(signal.send(1) == receivers + 1);
  }
}

}  // namespace

TEST_CASE("a connect that runs out of memory changes nothing, at whichever allocation") {
  warm_up();
  long large[4] = {};
  for (const std::size_t receivers : {0u, 1u, 2u, 4u, 6u, 14u}) {
    CAPTURE(receivers);
    failures_of(receivers, [](auto& s) { s.connect([](int) {}); });
    const std::size_t n =
        failures_of(receivers, [&](auto& s) { s.connect([large](int) { (void)large; }); });
    CHECK(n > 0);
    failures_of(receivers, [](auto& s) { s.connect([](int) {}, aldis::from(1), aldis::from(2)); });
    failures_of(receivers, [](auto& s) {
      s.connect([](int) {}, aldis::id("a name that does not fit into a few bytes"),
                aldis::label("another"), aldis::priority(3), aldis::once);
    });
    failures_of(receivers, [](auto& s) {
      s.connect(
          +[](int) {}, aldis::not_from(4));
    });
  }
}

TEST_CASE("the receiver of a failed connect is destroyed outside of every lock") {
  struct curious {
    aldis::signal<void(int)>* asks;
    std::shared_ptr<int> moved_from = std::make_shared<int>();
    curious(const curious&) = default;
    curious(curious&&) = default;
    explicit curious(aldis::signal<void(int)>& s) : asks(&s) {}
    ~curious() {
      if (moved_from) (void)asks->is_connected(aldis::id("anybody"));
    }
    bool operator()(int) const { return true; }
  };
  warm_up();
  for (const std::size_t receivers : {0u, 2u, 4u}) {
    failures_of(receivers, [](auto& s) {
      const std::size_t wanted = std::exchange(fails_in, 0);
      auto option = aldis::when(curious(s));
      fails_in = wanted;
      s.connect([](int) {}, std::move(option));
    });
  }
}

TEST_CASE("a failed connect does not remove the receiver that it would have replaced") {
  aldis::signal<void(int)> s;
  int called = 0;
  s.connect([&](int) { ++called; }, aldis::id("door"));
  for (std::size_t i = 1;; ++i) {
    bool connected = false;
    fails_in = i;
    try {
      s.connect([](int) {}, aldis::id("door"), aldis::from(static_cast<int>(i)));
      connected = true;
    } catch (const std::bad_alloc&) {
    }
    fails_in = 0;
    if (connected) break;
    called = 0;
    REQUIRE(s.send(0) == 1);
    REQUIRE(called == 1);
  }
  CHECK(s.size() == 1);
  CHECK(s.send(0) == 0);
}

TEST_CASE("a name can be requested again after running out of memory") {
  aldis::registry shop;
  const std::string name = "a name that does not fit into the object itself";
  bool made = false;
  for (std::size_t i = 1; !made; ++i) {
    fails_in = i;
    try {
      shop.named<void(const std::string&, const std::string&)>(name);
      made = true;
    } catch (const std::bad_alloc&) {
    }
    fails_in = 0;
    REQUIRE(shop.signals().size() == (made ? 1 : 0));
  }
}

TEST_CASE("a disconnect that runs out of memory changes nothing") {
  void (*const f)(int) = [](int) {};
  aldis::signal<void(int)> s;
  s.connect(f, aldis::from(1), aldis::from(2));
  bool done = false;
  for (std::size_t i = 1; !done; ++i) {
    fails_in = i;
    try {
      s.disconnect(f, aldis::from(1));
      done = true;
    } catch (const std::bad_alloc&) {
    }
    fails_in = 0;
    REQUIRE(s.send(1) == (done ? 0 : 1));
    REQUIRE(s.send(2) == 1);
  }
  CHECK(s.size() == 1);
}

TEST_CASE("a send without memory for its frame throws, and no disconnect waits for it") {
  aldis::signal<void()> outer;
  aldis::signal<void(int)> nested;
  int deepest = 0;
  nested.connect([&](int depth) {
    deepest = depth;
    // Deeper than any previous send of this thread.
    if (fails_in != 0) nested.send(depth + 1);
  });
  aldis::disconnect_result result{};
  event disconnected;
  std::thread other;
  aldis::connection c;
  c = outer.connect([&] {
    other = std::thread([&] {
      result = c.disconnect();
      disconnected.set();
    });
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    const auto& pending_work = aldis::detail::own_record->has_pending_work;
    while (pending_work.load() == 0 && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::yield();
    }
    CHECK(pending_work.load() != 0);
    fails_in = 1;
    nested.send(1);
  });

  CHECK_THROWS_AS(outer.send(), std::bad_alloc);

  CHECK(fails_in == 0);
  CHECK(deepest >= 1);
  REQUIRE(disconnected.wait());
  other.join();
  CHECK(result == aldis::disconnect_result::disconnected);
  CHECK(outer.send() == 0);
  CHECK(nested.send(1) == 1);
  CHECK(nested.disconnect_all() == aldis::disconnect_result::disconnected);
}

TEST_CASE("a thread's first send throws without memory, and the next one works") {
  aldis::signal<void(int)> ready;
  std::atomic<int> heard{0};
  const aldis::connection c = ready.connect([&] { ++heard; });
  event all_failed;
  bool failed = false;
  std::size_t sent = 0;
  std::list<std::thread> threads;
  // Records of ended threads are reused, so all of them must be in use first.
  while (!failed && threads.size() < 1000) {
    event done;
    threads.emplace_back([&] {
      fails_in = 1;
      try {
        ready.send(1);
      } catch (const std::bad_alloc&) {
        failed = true;
      }
      fails_in = 0;
      sent += ready.send(2);
      done.set();
      CHECK(all_failed.wait());
    });
    CHECK(done.wait());
  }
  all_failed.set();
  const std::size_t started = threads.size();
  for (std::thread& each : threads) each.join();

  CHECK(failed);
  CHECK(sent == started);
  CHECK(heard == 2 * static_cast<int>(started) - 1);
  CHECK(c.disconnect() == aldis::disconnect_result::disconnected);
}
