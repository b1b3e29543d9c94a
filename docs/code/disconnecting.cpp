// docs/guide/disconnecting-and-threads.md

#include <aldis/aldis.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <latch>
#include <memory>
#include <mutex>
#include <thread>

using namespace std::chrono_literals;

TEST_CASE("disconnecting: the promise") {
  //[promise]
  aldis::signal<void()> work;
  aldis::connection busy;
  std::latch inside{1};
  std::atomic<bool> running = false;
  auto tool = std::make_shared<int>(42);
  std::weak_ptr<int> watch = tool;

  busy = work.connect([&, tool = std::move(tool)] {
    running = true;
    inside.count_down();
    while (busy.connected()) std::this_thread::yield();  // until disconnect() has started
    running = false;
  });
  std::thread worker([&] { work.send(); });
  inside.wait();

  CHECK(busy.disconnect() == aldis::disconnect_result::disconnected);
  CHECK_FALSE(running);     // it is not running,
  CHECK(work.send() == 0);  // never will,
  CHECK(watch.expired());   // and its captures have been destroyed
  //[/promise]
  worker.join();
}

TEST_CASE("disconnecting: from inside") {
  //[self]
  aldis::signal<void()> tick;
  auto held = std::make_shared<int>(1);
  std::weak_ptr<int> watch = held;

  tick.connect([&, held = std::move(held)] {
    CHECK(aldis::this_connection().disconnect() == aldis::disconnect_result::deferred);
    CHECK_FALSE(watch.expired());  // its captures exist while it runs
  });
  tick.send();
  CHECK(watch.expired());  // and are destroyed when it returns
  //[/self]
}

TEST_CASE("disconnecting: without waiting, and not too long") {
  aldis::signal<void()> work;
  std::latch inside{1};
  std::latch go_on{1};
  aldis::connection first = work.connect([&] {
    inside.count_down();
    go_on.wait();
  });
  aldis::connection second = work.connect([] {});
  std::thread worker([&] { work.send(); });
  inside.wait();

  //[without_waiting]
  // Another thread is inside `first`.
  CHECK(first.request_disconnect() == aldis::disconnect_result::deferred);
  CHECK(first.disconnect_for(1ms) == aldis::disconnect_result::timed_out);
  CHECK_FALSE(first.connected());  // either way no later send calls it

  // No thread is inside `second`.
  CHECK(second.request_disconnect() == aldis::disconnect_result::disconnected);
  //[/without_waiting]
  go_on.count_down();
  //[without_waiting]
  CHECK(first.disconnect() == aldis::disconnect_result::not_connected);  // waits until it returns
  //[/without_waiting]
  worker.join();
}

TEST_CASE("disconnecting: under a mutex that the receiver wants") {
  //[mutex]
  std::mutex mutex;
  std::latch inside{1};
  int changes = 0;
  aldis::signal<void()> changed;
  aldis::connection c = changed.connect([&] {
    inside.count_down();
    const std::lock_guard lock(mutex);
    ++changes;
  });
  std::unique_lock lock(mutex);
  std::thread other([&] { changed.send(); });
  inside.wait();

  // The receiver waits for the mutex, which we hold: c.disconnect() would wait forever.
  CHECK(c.request_disconnect() == aldis::disconnect_result::deferred);
  lock.unlock();
  c.disconnect();  // now it may wait
  CHECK(changes == 1);
  //[/mutex]
  other.join();
}

TEST_CASE("disconnecting: two receivers that disconnect each other") {
  //[mutual]
  std::latch both_inside{2};
  std::atomic<int> deadlocks = 0;
  std::atomic<int> done = 0;
  const auto note = [&](aldis::disconnect_result result) {
    if (result == aldis::disconnect_result::would_deadlock) ++deadlocks;
    if (result == aldis::disconnect_result::disconnected) ++done;
  };

  aldis::signal<void()> left;
  aldis::signal<void()> right;
  aldis::connection x;
  aldis::connection y;
  x = left.connect([&] {
    both_inside.arrive_and_wait();
    note(y.disconnect());
  });
  y = right.connect([&] {
    both_inside.arrive_and_wait();
    note(x.disconnect());
  });

  std::thread a([&] { left.send(); });
  std::thread b([&] { right.send(); });
  a.join();
  b.join();

  CHECK(deadlocks == 1);  // one did not wait
  CHECK(done == 1);       // and so the other could
  CHECK_FALSE(x.connected());
  CHECK_FALSE(y.connected());
  //[/mutual]
}

TEST_CASE("disconnecting: one of several senders") {
  aldis::signal<void(int)> paid;
  int calls = 0;
  struct till {
    int& calls;
    void count() { ++calls; }
  } front{calls};
  paid.connect<&till::count>(front, aldis::from(1), aldis::from(2));

  CHECK(paid.disconnect<&till::count>(front, aldis::from(1)) ==
        aldis::disconnect_result::disconnected);
  CHECK(paid.send(1) == 0);
  CHECK(paid.send(2) == 1);
}

TEST_CASE("disconnecting: everybody") {
  //[all]
  aldis::signal<void()> tick;
  tick.connect([] {});
  tick.connect([] {});
  CHECK(tick.disconnect_all() == aldis::disconnect_result::disconnected);
  CHECK(tick.disconnect_all() == aldis::disconnect_result::not_connected);
  //[/all]
}

TEST_CASE("disconnecting: any number of threads may send, connect and disconnect") {
  //[threads]
  aldis::signal<void(int)> work;
  std::atomic<int> total = 0;
  work.connect([&](int n) { total += n; });

  auto use = [&] {
    for (int i = 0; i < 1000; ++i) {
      aldis::scoped_connection here = work.connect([] {});
      work.send(1);
    }
  };
  std::thread a(use);
  std::thread b(use);
  a.join();
  b.join();
  CHECK(total == 2000);
  CHECK(work.size() == 1);
  //[/threads]
}
