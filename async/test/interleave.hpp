#pragma once

// Runs a few threads one at a time, in every order that a bound on preemptions allows.
//
// A thread can be preempted before it locks a mutex, and at points that the test names. Between
// those points it accesses no shared data, so other orders would not differ. The program that
// includes this file replaces the functions of pthread below, and so controls std::mutex and
// std::condition_variable inside aldis.

#include <dlfcn.h>
#include <pthread.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <semaphore>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace interleave {

using bodies = std::vector<std::function<void()>>;

/// Chooses the next thread, and remembers the choices that are left to try.
class choices {
 public:
  explicit choices(std::size_t preemptions) : preemptions_(preemptions) {}

  /// Returns one of `who`. The first is the running thread, if it can continue.
  std::size_t choose(std::size_t who, bool runs_on) {
    if (at_ == made_.size()) {
      const bool free = !runs_on || used_ < preemptions_;
      made_.push_back({0, free ? who : 1, runs_on});
    }
    const choice& now = made_[at_++];
    if (now.chosen >= who) {
      std::fprintf(stderr, "the same choices led elsewhere\n");
      std::_Exit(1);
    }
    if (now.runs_on && now.chosen != 0) ++used_;
    return now.chosen;
  }

  /// False if all orders were tried.
  bool next() {
    while (!made_.empty() && made_.back().chosen + 1 >= made_.back().count) made_.pop_back();
    at_ = used_ = 0;
    if (made_.empty()) return false;
    ++made_.back().chosen;
    return true;
  }

  std::string text() const {
    std::string all;
    for (const choice& each : made_) all += std::to_string(each.chosen);
    return all;
  }

 private:
  struct choice {
    std::size_t chosen;
    std::size_t count;
    bool runs_on;
  };

  const std::size_t preemptions_;
  std::vector<choice> made_;
  std::size_t at_ = 0;
  std::size_t used_ = 0;
};

/// Threads that are reused in many runs, so that starting and ending a thread is not part of a run.
class crew {
 public:
  explicit crew(std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) members_.push_back(std::make_unique<member>());
  }
  ~crew() {
    for (auto& each : members_) each->set({});
    for (auto& each : members_) each->runner.join();
  }
  void start(std::size_t number, std::function<void()> work) {
    members_[number]->set(std::move(work));
  }

 private:
  struct member {
    std::function<void()> work;
    std::binary_semaphore told{0};
    std::thread runner{[this] {
      for (;;) {
        told.acquire();
        if (!work) return;
        work();
      }
    }};
    void set(std::function<void()> next) {
      work = std::move(next);
      told.release();
    }
  };
  std::vector<std::unique_ptr<member>> members_;
};

/// The threads of a run, of which one runs at a time.
class schedule {
 public:
  using body = std::function<void()>;

  static schedule*& current() {
    static schedule* now = nullptr;
    return now;
  }

  schedule(crew& runners, choices& to_make, bodies work) : choices_(to_make) {
    current() = this;
    for (body& each : work) threads_.push_back(std::make_unique<thread>(std::move(each)));
    for (std::size_t i = 0; i < threads_.size(); ++i) {
      runners.start(i, [this, i] { run(i); });
    }
    pass_on();
    for (const auto& each : threads_) each->over.acquire();
    current() = nullptr;
  }

  /// A point where another thread may run first.
  void point() {
    wait_until([] { return true; });
  }

  void wait_until(std::function<bool()> ready) {
    const std::size_t self = running_;
    threads_[self]->ready = std::move(ready);
    pass_on();
    threads_[self]->turn.acquire();
    threads_[self]->ready = [] { return true; };
  }

  void lock(const void* mutex) {
    point();
    while (!free_mutex(mutex)) wait_until([this, mutex] { return free_mutex(mutex); });
    held_[mutex] = running_;
  }
  /// Not a preemption point: core tries a lock once in a number of sends, counted over all runs.
  bool try_lock(const void* mutex) {
    if (!free_mutex(mutex)) return false;
    held_[mutex] = running_;
    return true;
  }
  void unlock(const void* mutex) { held_.erase(mutex); }

  void wait(const void* condition, const void* mutex) {
    unlock(mutex);
    const std::size_t before = told_[condition];
    wait_until([this, condition, before] { return told_[condition] != before; });
    lock(mutex);
  }
  void tell(const void* condition) { ++told_[condition]; }

 private:
  struct thread {
    explicit thread(body what) : work(std::move(what)) {}
    body work;
    std::function<bool()> ready = [] { return true; };
    bool ended = false;
    std::binary_semaphore turn{0};
    std::binary_semaphore over{0};
  };

  void run(std::size_t number);

  bool free_mutex(const void* mutex) const { return !held_.contains(mutex); }

  void pass_on() {
    std::vector<std::size_t> who;
    const auto look = [&](std::size_t i) {
      if (!threads_[i]->ended && threads_[i]->ready()) who.push_back(i);
    };
    if (running_ < threads_.size()) look(running_);
    const bool runs_on = !who.empty();
    for (std::size_t i = 0; i < threads_.size(); ++i) {
      if (i != running_) look(i);
    }
    if (who.empty()) {
      if (std::any_of(threads_.begin(), threads_.end(), [](auto& t) { return !t->ended; })) {
        std::fprintf(stderr, "all wait for each other, schedule %s\n", choices_.text().c_str());
        std::_Exit(1);
      }
      return;
    }
    running_ = who.size() == 1 ? who[0] : who[choices_.choose(who.size(), runs_on)];
    threads_[running_]->turn.release();
  }

  choices& choices_;
  std::vector<std::unique_ptr<thread>> threads_;
  std::size_t running_ = static_cast<std::size_t>(-1);
  std::map<const void*, std::size_t> held_;
  std::map<const void*, std::size_t> told_;
};

/// Whether this thread belongs to a schedule.
inline thread_local bool scheduled = false;

inline void schedule::run(std::size_t number) {
  threads_[number]->turn.acquire();
  scheduled = true;
  threads_[number]->work();
  scheduled = false;
  threads_[number]->ended = true;
  pass_on();
  threads_[number]->over.release();
}

inline void point() {
  if (scheduled) schedule::current()->point();
}
inline void wait_until(std::function<bool()> ready) {
  schedule::current()->wait_until(std::move(ready));
}

/// The original of a function that this program replaces.
template <class F>
F* hidden(F*, const char* name) {
  return reinterpret_cast<F*>(dlsym(RTLD_NEXT, name));
}

/// `make` makes the objects of one run; their bodies() are the threads, and their what() describes
/// an error after the run, or is empty. Returns the number of runs, or 0 after an error.
template <class Make>
std::size_t explore(const char* title, std::size_t preemptions, Make make) {
  crew runners(make()->bodies().size());
  {
    // A first run, for initialization that happens only once.
    choices any(0);
    const auto world = make();
    schedule(runners, any, world->bodies());
  }
  choices all(preemptions);
  std::size_t runs = 0;
  do {
    const auto world = make();
    schedule(runners, all, world->bodies());
    ++runs;
    if (const std::string wrong = world->wrong(); !wrong.empty()) {
      std::fprintf(stderr, "%s: %s, run %zu, schedule %s\n", title, wrong.c_str(), runs,
                   all.text().c_str());
      return 0;
    }
  } while (all.next());
  std::fprintf(stderr, "%s: %zu runs\n", title, runs);
  return runs;
}

}  // namespace interleave

extern "C" {

int pthread_mutex_lock(pthread_mutex_t* mutex) {
  static auto* const real = interleave::hidden(&pthread_mutex_lock, "pthread_mutex_lock");
  if (!interleave::scheduled) return real(mutex);
  interleave::schedule::current()->lock(mutex);
  return 0;
}

int pthread_mutex_trylock(pthread_mutex_t* mutex) {
  static auto* const real = interleave::hidden(&pthread_mutex_trylock, "pthread_mutex_trylock");
  if (!interleave::scheduled) return real(mutex);
  return interleave::schedule::current()->try_lock(mutex) ? 0 : EBUSY;
}

int pthread_mutex_unlock(pthread_mutex_t* mutex) {
  static auto* const real = interleave::hidden(&pthread_mutex_unlock, "pthread_mutex_unlock");
  if (!interleave::scheduled) return real(mutex);
  interleave::schedule::current()->unlock(mutex);
  return 0;
}

int pthread_cond_wait(pthread_cond_t* condition, pthread_mutex_t* mutex) {
  static auto* const real = interleave::hidden(&pthread_cond_wait, "pthread_cond_wait");
  if (!interleave::scheduled) return real(condition, mutex);
  interleave::schedule::current()->wait(condition, mutex);
  return 0;
}

int pthread_cond_broadcast(pthread_cond_t* condition) {
  static auto* const real = interleave::hidden(&pthread_cond_broadcast, "pthread_cond_broadcast");
  if (!interleave::scheduled) return real(condition);
  interleave::schedule::current()->tell(condition);
  return 0;
}

int pthread_cond_signal(pthread_cond_t* condition) {
  static auto* const real = interleave::hidden(&pthread_cond_signal, "pthread_cond_signal");
  if (!interleave::scheduled) return real(condition);
  interleave::schedule::current()->tell(condition);
  return 0;
}
}
