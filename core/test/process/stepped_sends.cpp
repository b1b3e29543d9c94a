// Another thread may disconnect the receiver between any two instructions of a send. The disconnect
// must return, and the receiver must be destroyed. This program stops the sending thread after each
// instruction in turn, with the processor's trap flag.

#include <aldis/aldis.hpp>

#include "check.hpp"
#include "single_step.hpp"
#include "thread_state.hpp"

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <iterator>
#include <memory>
#include <thread>
#include <utility>

#ifdef ALDIS_STEPS

namespace {

using aldis::detail::own_record;

/// The hazard pointers of this thread's first frame.
struct publications {
  const void* words[8];

  static publications now() {
    publications result{};
    std::transform(std::begin(own_record->first.hazards), std::end(own_record->first.hazards),
                   std::begin(result.words),
                   [](const auto& hazard) { return hazard.load_relaxed(); });
    return result;
  }
  bool operator==(const publications&) const = default;
};

enum class unit { instruction, publication };

constexpr long never = -1;

/// Single-steps the thread during its lifetime, and stops after a number of steps.
class stepper final : step_handler {
 public:
  /// Called at a stop, in a signal handler. Returns after how many more publications to stop again.
  class stop {
   public:
    virtual long reached() = 0;

   protected:
    ~stop() = default;
  };

  stepper(long units, unit what, stop& at) : left_(units), what_(what), at_(at) {}

  long instructions() const { return instructions_; }
  /// The number of instructions before the first publication.
  long unpublished() const { return unpublished_; }

 private:
  bool step(const unsigned char*) override {
    const bool published = std::exchange(before_, publications::now()) != before_;
    if (published && unpublished_ < 0) unpublished_ = instructions_;
    ++instructions_;
    if (what_ == unit::publication && !published) return true;
    if (left_ != 0) {
      if (left_ > 0) --left_;
      return true;
    }
    what_ = unit::publication;
    left_ = at_.reached();
    return left_ >= 0;
  }

  long left_;
  unit what_;
  stop& at_;
  long instructions_ = 0;
  long unpublished_ = -1;
  publications before_ = publications::now();
  single_step stepping_{*this};  // last: from here on there are steps
};

/// A second thread, which runs one action at each stop, until it would have to wait for this one.
template <class First, class Second>
class meanwhile final : public stepper::stop {
 public:
  meanwhile(First first, Second second, long between)
      : first_(first), second_(second), between_(between), thread_([this] {
          id_ = this_thread();
          while (allowed_ < 1) std::this_thread::yield();
          first_();
          done_ = 1;
          while (allowed_ < 2) std::this_thread::yield();
          second_();
          done_ = 2;
        }) {
    while (id_ == 0) std::this_thread::yield();
  }

  bool reached_any() const { return allowed_ != 0; }

  /// Completes the action, now that the sending thread is not inside the signal.
  void finish() {
    allowed_ = 2;
    CHECK(comes_true([&] { return done_ == 2; }));
    thread_.join();
  }

 private:
  long reached() override {
    const int stage = ++allowed_;
    // The action is complete, or waits for this thread.
    CHECK(comes_true([&] {
      return done_ == stage || (own_record->has_pending_work.load() != 0 && asleep(id_));
    }));
    return stage == 1 ? between_ : never;
  }

  First first_;
  Second second_;
  long between_;
  std::atomic<pid_t> id_{0};
  std::atomic<int> allowed_{0}, done_{0};
  std::thread thread_;
};

using signal_type = aldis::signal<void(int)>;

struct ending {
  const char* name;
  bool waits;  ///< the action waits until the receiver has returned
  void (*run)(signal_type&, const aldis::connection&);
};

constexpr ending endings[] = {
    {"disconnect", true, [](signal_type&, const aldis::connection& c) { c.disconnect(); }},
    {"mute, then disconnect", true,
     [](signal_type& s, const aldis::connection& c) {
       const auto muted = s.mute();
       c.disconnect();
     }},
    {"connect, then disconnect", true,
     [](signal_type& s, const aldis::connection& c) {
       s.connect([](int) {});
       c.disconnect();
     }},
    {"request_disconnect", false,
     [](signal_type&, const aldis::connection& c) { c.request_disconnect(); }},
};

/// The kind of send.
struct shape {
  const char* name;
  void (*prepare)(signal_type&);
};

/// Makes the signal leave the fast path.
void disconnect_another(signal_type& s) {
  const auto other = s.connect([](int) {});
  std::thread([&] { other.disconnect(); }).join();
}

constexpr shape shapes[] = {
    {"alone", [](signal_type&) {}},
    {"one of two", [](signal_type& s) { s.connect([](int) {}); }},
    {"with fences", &disconnect_another},
    {"with selection", [](signal_type& s) { s.connect([](int) {}, aldis::from(1)); }},
};

/// A send whose receiver ends after a number of steps. False if the send has fewer.
bool interrupt(const shape& how, const ending& end, unit what, long units) {
  signal_type s;
  auto held = std::make_shared<int>(1);
  const std::weak_ptr<int> watch = held;
  std::atomic<bool> ended{false}, late{false};
  const auto connection = s.connect([&, held = std::move(held)](int) {
    if (ended) late = true;
  });
  // The first send of a thread registers it.
  s.send(1);
  how.prepare(s);
  s.send(1);
  meanwhile other(
      [&] {
        end.run(s, connection);
        ended = true;
      },
      [] {}, never);
  {
    stepper stepping(units, what, other);
    s.send(1);
  }
  const bool stopped = other.reached_any();
  other.finish();
  CHECK(!late || !end.waits);
  CHECK(watch.expired());
  return stopped;
}

/// The instructions of the fast path with one receiver.
struct size {
  long all;
  long unpublished;
};

size measure() {
  signal_type s;
  s.connect([](int) {});
  s.send(1);
  meanwhile nobody([] {}, [] {}, never);
  stepper stepping(never, unit::instruction, nobody);
  s.send(1);
  const size result{stepping.instructions(), stepping.unpublished()};
  nobody.finish();
  return result;
}

/// The receiver is disconnected without waiting, while a second thread is inside it and this one
/// has not protected it yet. This one then protects it and finds it disconnected, while the other
/// leaves. The last of them destroys it.
void last_to_leave(long units) {
  signal_type s;
  auto held = std::make_shared<int>(1);
  const std::weak_ptr<int> watch = held;
  std::atomic<bool> inside{false}, go{false};
  const auto connection = s.connect([&, held = std::move(held)](int who) {
    if (who != 2) return;
    inside = true;
    CHECK(comes_true([&] { return go.load(); }));
  });
  s.send(1);
  std::thread second([&] { s.send(2); });
  CHECK(comes_true([&] { return inside.load(); }));
  meanwhile other([&] { connection.request_disconnect(); },
                  [&] {
                    go = true;
                    second.join();
                  },
                  0);
  {
    stepper stepping(units, unit::instruction, other);
    s.send(1);
  }
  other.finish();
  CHECK(watch.expired());
}

}  // namespace

int main() {
  for (const shape& how : shapes) {
    for (const ending& end : endings) {
      long stops = 0;
      while (interrupt(how, end, unit::publication, stops)) ++stops;
      std::printf("%s, %s: %ld publications\n", how.name, end.name, stops);
      CHECK(stops >= 2);
    }
  }
  if (!aldis::light_sends()) return 0;
  // The fast path has no fences. Stops after each instruction, unless a sanitizer has added very
  // many: the time grows with the square of their number.
  const size of_send = measure();
  const long step = 1 + of_send.all * of_send.all / 80'000;
  for (long i = 0; interrupt(shapes[0], endings[1], unit::instruction, i);) i += step;
  for (long i = std::max(0L, of_send.unpublished - 100); i < of_send.unpublished; i += 5) {
    last_to_leave(i);
  }
}

#else

int main() { return 77; }

#endif
