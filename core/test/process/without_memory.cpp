// Disconnects without any memory: no receiver is called any more, each is destroyed exactly once,
// and the program goes on.

#include <aldis/aldis.hpp>

#include "check.hpp"
#include "held_memory.hpp"

#include <atomic>
#include <chrono>
#include <latch>
#include <memory>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace {

using aldis::disconnect_result;
using numbers = aldis::signal<void(int)>;

/// Every allocation fails during its lifetime.
class no_memory {
 public:
  no_memory() {
    failures = 0;
    exhausted = true;
  }
  no_memory(const no_memory&) = delete;
  no_memory& operator=(const no_memory&) = delete;
  ~no_memory() { exhausted = false; }
};

/// Counts its destructions, but not those of objects that were moved from.
class counted {
 public:
  explicit counted(std::atomic<int>& destroyed) : destroyed_(&destroyed) {}
  counted(counted&& other) noexcept : destroyed_(std::exchange(other.destroyed_, nullptr)) {}
  ~counted() {
    if (destroyed_) ++*destroyed_;
  }

 private:
  std::atomic<int>* destroyed_;
};

/// Calls of receivers, and how often they were destroyed.
struct tally {
  std::atomic<int> called{0}, destroyed{0};

  /// A receiver that counts. It has a destructor, so it is destroyed outside every lock.
  auto receiver() {
    return [this, counts = counted(destroyed)] { ++called; };
  }
};

/// Runs work on threads that have no record, and for which there is none from ended threads.
class new_threads {
 public:
  new_threads() {
    numbers any;
    any.connect([] {});
    for (int i = 0; i < 8; ++i) run([&] { any.send(1); });
  }
  new_threads(const new_threads&) = delete;
  new_threads& operator=(const new_threads&) = delete;
  ~new_threads() {
    end_.count_down();
    for (std::thread& each : threads_) each.join();
  }

  template <class Work>
  void run(const Work& work) {
    std::latch done(1);
    threads_.emplace_back([&] {
      work();
      done.count_down();
      end_.wait();
    });
    done.wait();
  }

 private:
  std::latch end_{1};
  std::vector<std::thread> threads_;
};

/// Calls `innermost` inside so many sends.
template <class Innermost>
void nest(int depth, const Innermost& innermost) {
  if (depth == 0) return innermost();
  aldis::signal<void()> around;
  around.connect([&] { nest(depth - 1, innermost); });
  around.send();
}

/// A thread that is inside the receiver of a signal until `go`.
struct parked_send {
  tally counts;
  std::latch inside{1}, go{1};
  aldis::connection parked;
  std::thread sender;

  explicit parked_send(numbers& signal) {
    parked = signal.connect([this, counted = counted(counts.destroyed)] {
      inside.count_down();
      go.wait();
      ++counts.called;
    });
    sender = std::thread([&signal] { signal.send(1); });
    inside.wait();
  }
};

void ended_signal() {
  for (const int count : {0, 1, 2, 100}) {
    tally counts;
    std::optional<numbers> signal(std::in_place);
    signal->receiver_disconnected().connect([](const aldis::connection&) {});
    const auto object = std::make_shared<int>(1);
    std::vector<aldis::connection> kept;
    for (int i = 0; i < count; ++i) {
      kept.push_back(signal->connect(counts.receiver()));
      kept.push_back(signal->connect(counts.receiver(), aldis::from(i % 3)));
      kept.push_back(signal->connect(counts.receiver(), aldis::tracking(object)));
      kept.push_back(signal->connect([] {}));
    }
    signal->send(1);
    {
      const no_memory now;
      signal.reset();
      CHECK(failures == 0);
    }
    CHECK(counts.destroyed == 3 * count);
    for (const aldis::connection& each : kept) CHECK(!each.connected());
  }
}

void ended_topics() {
  tally counts;
  std::optional<aldis::signal<void(std::string_view)>> signal(std::in_place);
  for (const char* pattern : {"a.*", "a.b.>", "a.b.c", ">"})
    signal->connect(counts.receiver(), aldis::matching(pattern));
  signal->send("a.b.c");
  {
    const no_memory now;
    signal.reset();
  }
  CHECK(counts.called == 3);
  CHECK(counts.destroyed == 4);
}

/// The end of a signal waits for a receiver that was disconnected before.
void ended_after_a_request() {
  std::optional<numbers> signal(std::in_place);
  parked_send other(*signal);
  CHECK(other.parked.request_disconnect() == disconnect_result::deferred);
  {
    const no_memory now;
    other.go.count_down();
    signal.reset();
    CHECK(failures == 0);
  }
  CHECK(other.counts.called == 1);
  CHECK(other.counts.destroyed == 1);
  other.sender.join();
}

/// The signal ends in a send of its own.
void ended_from_inside() {
  tally counts;
  std::optional<numbers> signal(std::in_place);
  signal->connect([&, counted = counted(counts.destroyed)] {
    const no_memory now;
    signal.reset();
    CHECK(failures == 0);
    CHECK(counts.destroyed == 1);
  });
  signal->connect(counts.receiver());
  signal->send(1);
  CHECK(counts.called == 0);
  CHECK(counts.destroyed == 2);
}

void from_inside() {
  // On the fast path, and on the slow path.
  for (const bool selective : {false, true}) {
    tally counts;
    numbers signal;
    aldis::connection own, other;
    own = signal.connect([&, counted = counted(counts.destroyed)] {
      const no_memory now;
      CHECK(own.disconnect() == disconnect_result::deferred);
      CHECK(counts.destroyed == 0);
      CHECK(other.disconnect() == disconnect_result::disconnected);
      CHECK(counts.destroyed == 1);
      CHECK(failures == 0);
    });
    other = signal.connect(counts.receiver());
    if (selective) signal.connect([] {}, aldis::from(2));
    CHECK(signal.send(1) == 1);
    CHECK(counts.destroyed == 2);
    CHECK(counts.called == 0);
    CHECK(signal.send(1) == 0);
  }
}

/// Deeper than this thread has ever been.
void from_deep_inside() {
  static int depth = 2;
  tally counts;
  numbers signal;
  const aldis::connection other = signal.connect(counts.receiver());
  depth *= 2;
  nest(depth, [&] {
    const no_memory now;
    CHECK(other.disconnect() == disconnect_result::deferred);
    CHECK(failures > 0);
    CHECK(counts.destroyed == 0);
    CHECK(!other.connected());
    CHECK(signal.send(1) == 0);
  });
  CHECK(counts.destroyed == 1);
}

/// The destructor of a receiver disconnects the next, and so on.
void in_destructors() {
  constexpr int count = 20;
  tally counts;
  numbers signal;
  aldis::scoped_connection last;
  for (int i = 0; i < count; ++i) {
    last = aldis::scoped_connection(
        signal.connect([next = std::make_shared<aldis::scoped_connection>(std::move(last)),
                        counted = std::make_shared<class counted>(counts.destroyed)] {}));
  }
  {
    const no_memory now;
    last.disconnect();
  }
  CHECK(counts.destroyed == count);
  CHECK(signal.size() == 0);
}

void last_call() {
  tally counts;
  numbers signal;
  signal.connect(counts.receiver(), aldis::once);
  signal.connect(counts.receiver(), aldis::times(2));
  const no_memory now;
  CHECK(signal.send(1) == 2);
  CHECK(counts.destroyed == 1);
  CHECK(signal.send(1) == 1);
  CHECK(counts.destroyed == 2);
  CHECK(signal.send(1) == 0);
}

void expired() {
  for (const bool asked : {false, true}) {
    tally counts;
    numbers signal;
    auto object = std::make_shared<int>(1);
    for (int i = 0; i < 20; ++i) {
      signal.connect(counts.receiver(), aldis::tracking(object));
      signal.connect(counts.receiver(), aldis::from(i % 3), aldis::tracking(object));
    }
    signal.send(1);
    object.reset();
    const no_memory now;
    if (asked) CHECK(!signal.has_receivers());
    CHECK(signal.send(0) + signal.send(1) + signal.send(2) == 0);
    CHECK(counts.destroyed == 40);
  }
}

void subscription() {
  tally counts;
  numbers signal;
  struct listener {
    tally& counts;
    void on() { ++counts.called; }
  } heard{counts};
  auto both = signal.connected_to<&listener::on>(heard, aldis::from(1), aldis::from(2));
  const auto third = signal.connect<&listener::on>(heard, aldis::from(3));
  {
    const no_memory now;
    CHECK(both.disconnect() == disconnect_result::disconnected);
  }
  CHECK(signal.send(1) + signal.send(2) == 0);
  CHECK(signal.send(3) == 1);
}

/// A thread's first disconnect of a receiver that nothing but its memory was needed for.
void first_of_a_thread(new_threads& threads) {
  numbers signal;
  const auto plain = signal.connect([] {});
  threads.run([&] {
    const no_memory now;
    CHECK(plain.disconnect() == disconnect_result::disconnected);
    CHECK(plain.disconnect() == disconnect_result::not_connected);
  });
  CHECK(signal.size() == 0);
}

/// The receiver has a destructor. Without memory for the thread's record it is destroyed later, by
/// the next thread that leaves a send, or that gets a record.
void first_with_destructor(new_threads& threads) {
  numbers any;
  any.connect([] {});
  any.send(1);
  for (const bool by_this_thread : {true, false}) {
    tally counts;
    numbers signal;
    const auto receiver = signal.connect(counts.receiver());
    threads.run([&] {
      {
        const no_memory now;
        CHECK(receiver.disconnect() == disconnect_result::deferred);
        CHECK(failures > 0);
      }
      CHECK(signal.send(1) == 0);
      CHECK(counts.destroyed == 0);
      if (by_this_thread) any.send(1);
    });
    if (!by_this_thread) any.send(1);
    CHECK(counts.destroyed == 1);
    CHECK(signal.size() == 0);
    CHECK(counts.called == 0);
  }
}

/// It is tried again by another disconnect, and by the end of the signal.
void tried_again(new_threads& threads) {
  for (const bool by_end : {true, false}) {
    tally counts;
    std::optional<numbers> signal(std::in_place);
    const auto receiver = signal->connect(counts.receiver());
    threads.run([&] {
      const no_memory now;
      CHECK(receiver.disconnect() == disconnect_result::deferred);
    });
    if (by_end) {
      signal.reset();
    } else {
      CHECK(receiver.disconnect() == disconnect_result::not_connected);
    }
    CHECK(counts.destroyed == 1);
  }
}

/// The signal ends on a thread that has no record.
void ended_by_a_new_thread(new_threads& threads) {
  tally counts;
  std::optional<numbers> signal(std::in_place);
  for (int i = 0; i < 10; ++i) signal->connect(counts.receiver());
  threads.run([&] {
    const no_memory now;
    signal.reset();
  });
  numbers any;
  any.connect([] {});
  any.send(1);
  CHECK(counts.destroyed == 10);
}

/// A thread without a record waits, too.
void first_waits(new_threads& threads) {
  numbers signal;
  parked_send other(signal);
  threads.run([&] {
    const no_memory now;
    CHECK(other.parked.disconnect_for(std::chrono::nanoseconds(1)) == disconnect_result::timed_out);
    other.go.count_down();
    CHECK(other.parked.disconnect() == disconnect_result::not_connected ||
          other.counts.destroyed == 0);
    CHECK(other.counts.called == 1);
  });
  other.sender.join();
  CHECK(other.counts.destroyed == 1);
}

}  // namespace

int main() {
  ended_signal();
  ended_topics();
  ended_after_a_request();
  ended_from_inside();
  from_inside();
  from_deep_inside();
  from_deep_inside();
  in_destructors();
  last_call();
  expired();
  subscription();
  new_threads threads;
  first_of_a_thread(threads);
  first_with_destructor(threads);
  tried_again(threads);
  ended_by_a_new_thread(threads);
  first_waits(threads);
}
