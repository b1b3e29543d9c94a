#include <aldis/async/detail/delivery.hpp>
#include <aldis/detail/signal_base.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <thread>

namespace aldis {

queue_full::~queue_full() = default;

namespace detail {

namespace {

// One receiver with much to do must not keep the others of its executor waiting.
constexpr std::size_t calls_per_drain = 64;

template <class T>
void link_front(T*& row, T& item, T* T::*next, T* T::*previous) noexcept {
  item.*next = row;
  item.*previous = nullptr;
  if (row) row->*previous = &item;
  row = &item;
}

template <class T>
void unlink(T*& row, T& item, T* T::*next, T* T::*previous) noexcept {
  (item.*previous ? item.*previous->*next : row) = item.*next;
  if (item.*next) item.*next->*previous = item.*previous;
}

}  // namespace

drain_task::drain_task(reference<delivery> queue, connection receiver) noexcept
    : queue_(std::move(queue)), receiver_(std::move(receiver)) {}
drain_task::drain_task(drain_task&&) noexcept = default;

drain_task::~drain_task() {
  if (queue_) queue_->abandon(receiver_);
}

void drain_task::operator()() {
  const reference<delivery> queue = std::move(queue_);
  const connection receiver = std::move(receiver_);
  queue->drain(receiver);
}

delivery::delivery(reference<late_work> work, const delivery_settings& settings)
    : work_(std::move(work)), settings_(settings) {
  picky = settings.answers || settings.capacity != 0;
}

delivery::~delivery() = default;

void delivery::skip(std::deque<message>& gone) noexcept {
  for (message& each : gone) each.skip();
  gone.clear();
}

bool delivery::refuse(kept_call& call, std::size_t number) noexcept {
  if (!call.awaited()) return false;
  call.skipped(number);
  return true;
}

void delivery::throw_full(const char* why) const {
  throw queue_full("aldis: the queue of the receiver connected at " +
                   std::string(settings_.where.file) + ':' + std::to_string(settings_.where.line) +
                   " is full (capacity " + std::to_string(settings_.capacity) + ')' + why);
}

bool delivery::wait_for_room(std::unique_lock<std::mutex>& lock) {
  const reference<late_work> work = work_;
  lock.unlock();
  if (work->runs_here()) {
    throw_full(
        ", and this thread runs the executor that empties it: waiting would be for ever. Send from "
        "another thread, use async_send, or another overflow than block");
  }
  lock.lock();
  room_.wait(lock, [this] { return closed_ || !full(); });
  return !closed_;
}

bool delivery::send(place& p, reference<kept_call> call) {
  const bool awaited = call->awaited();
  const std::size_t number = awaited ? call->expect() : 0;
  message replaced;
  bool start = false;
  {
    std::unique_lock lock(mutex_);
    if (closed_ || (limited_ && left_ == 0)) {
      if (closed_) ++dropped_;
      lock.unlock();
      return refuse(*call, number);
    }
    if (full()) {
      switch (settings_.when_full) {
        case overflow::block:
          // Who awaits the answer waits for room as well, and blocks nobody.
          if (!awaited && !wait_for_room(lock)) {
            ++dropped_;
            return false;
          }
          break;
        case overflow::drop_oldest:
          replaced = std::move(queue_.front());
          queue_.pop_front();
          if (!settings_.replaces) ++dropped_;
          break;
        case overflow::drop_newest:
          ++dropped_;
          lock.unlock();
          return refuse(*call, number);
        case overflow::fail:
          ++dropped_;
          lock.unlock();
          throw_full("");
      }
    }
    queue_.push_back({std::move(call), number});
    start = !pace_ && !scheduled_ && may_start();
    if (start) scheduled_ = true;
  }
  if (replaced.call) replaced.skip();
  if (start) {
    post(connection_of(&p));
  } else if (pace_) {
    const connection receiver = connection_of(&p);
    if (pace_->admits(reference<delivery>::more(*this), receiver)) this->start(receiver);
  }
  return true;
}

void delivery::start(const connection& receiver) noexcept {
  {
    const std::lock_guard lock(mutex_);
    if (scheduled_ || !may_start()) return;
    scheduled_ = true;
  }
  try {
    post(receiver);
  } catch (...) {
    // It stays queued, until the next send tries again.
  }
}

void delivery::post(const connection& receiver) {
  reference<late_work> work;
  {
    const std::lock_guard lock(mutex_);
    work = work_;
    poster_ = std::this_thread::get_id();
  }
  if (!work) return;
  const executor_user::use executor(*work);
  if (!executor) {
    forget_poster(false);
    return abandon(receiver);
  }
  try {
    work->post(drain_task(reference<delivery>::more(*this), receiver));
  } catch (...) {
    forget_poster(true);
    throw;
  }
  forget_poster(false);
}

void delivery::forget_poster(bool failed) noexcept {
  const std::lock_guard lock(mutex_);
  // Unless it ran meanwhile, and another thread posts by now.
  if (poster_ == std::this_thread::get_id()) poster_ = {};
  if (failed) scheduled_ = false;
}

std::size_t delivery::take(std::array<message, calls_at_once>& into,
                           std::deque<message>& surplus) noexcept {
  // Only where nobody minds how many wait and how many run.
  const bool many = settings_.capacity == 0 && settings_.at_once == 0 && !limited_ && !pace_;
  const std::size_t count = many ? std::min(into.size(), queue_.size()) : 1;
  for (std::size_t i = 0; i < count; ++i) {
    into[i] = std::move(queue_.front());
    queue_.pop_front();
  }
  running_ += count;
  started_ += count;
  if (limited_ && --left_ == 0) {
    dropped_ += queue_.size();
    surplus.swap(queue_);
  }
  return count;
}

void delivery::drain(const connection& receiver) {
  place& p = *connection_access::get(receiver);
  const late_call inside(p);
  reference<late_work> work;
  std::array<message, calls_at_once> taken;
  std::size_t ended = 0;
  std::size_t failed = 0;
  std::size_t unstarted = 0;
  bool more = false;
  for (std::size_t made = 0;;) {
    std::deque<message> surplus;
    std::size_t count = 0;
    bool waited_for = false;
    bool exhausted = false;
    {
      std::unique_lock lock(mutex_);
      running_ -= std::exchange(ended, 0);
      failures_ += std::exchange(failed, 0);
      started_ -= unstarted;
      dropped_ += std::exchange(unstarted, 0);
      exhausted = limited_ && left_ == 0 && running_ == 0;
      // If it is not alive, all that is queued goes with the receiver.
      more = inside.alive() && may_start();
      if (more && made < calls_per_drain && !(pace_ && made != 0)) {
        work = work_;
        waited_for = full();
        count = take(taken, surplus);
      } else {
        if (!more || pace_) scheduled_ = false;
        tell_idle(lock);
      }
    }
    if (waited_for || !surplus.empty()) room_.notify_all();
    skip(surplus);
    if (exhausted) receiver.request_disconnect();
    if (count == 0) break;
    made += count;
    for (std::size_t i = 0; i < count; ++i) {
      if (!inside.alive()) {
        taken[i].skip();
        taken[i].call.reset();
        ++ended;
        ++unstarted;
        continue;
      }
      if (pace_) pace_->started();
      switch (work->run(*this, receiver, p, std::move(taken[i]))) {
        case late_work::result::failed:
          ++failed;
          [[fallthrough]];
        case late_work::result::ended:
          ++ended;
          break;
        case late_work::result::goes_on:
          break;
      }
    }
  }
  if (!more) return;
  if (pace_) {
    if (pace_->admits(reference<delivery>::more(*this), receiver)) start(receiver);
    return;
  }
  try {
    post(receiver);
  } catch (...) {
    // What is queued stays so until the next send tries again.
  }
}

void delivery::finished(const connection& receiver, bool failed) noexcept {
  bool start = false;
  bool exhausted = false;
  {
    std::unique_lock lock(mutex_);
    --running_;
    if (failed) ++failures_;
    exhausted = limited_ && left_ == 0 && running_ == 0;
    start = !pace_ && settings_.at_once != 0 && !scheduled_ && may_start();
    tell_idle(lock);
  }
  if (start) this->start(receiver);
  if (exhausted) receiver.request_disconnect();
}

void delivery::tell_idle(std::unique_lock<std::mutex>& lock) noexcept {
  if (running_ != 0 || !queue_.empty()) return;
  idle_waiter* waiting = std::exchange(waiters_, nullptr);
  lock.unlock();
  while (waiting) {
    const reference<idle_waiter> each(std::exchange(waiting, waiting->next_idle_));
    each->idle();
  }
}

bool delivery::wait_idle(idle_waiter& waiter) {
  const std::lock_guard lock(mutex_);
  if (running_ == 0 && queue_.empty()) return false;
  waiter.refer();
  waiter.next_idle_ = waiters_;
  waiters_ = &waiter;
  return true;
}

bool delivery::forget(idle_waiter& waiter) noexcept {
  {
    const std::lock_guard lock(mutex_);
    idle_waiter** at = &waiters_;
    while (*at && *at != &waiter) at = &(*at)->next_idle_;
    if (!*at) return false;
    *at = waiter.next_idle_;
  }
  waiter.release();
  return true;
}

void delivery::abandon(const connection& receiver) noexcept {
  std::deque<message> gone;
  {
    std::unique_lock lock(mutex_);
    // Destroyed by a post that throws: the executor still lives.
    if (poster_ == std::this_thread::get_id()) return;
    closed_ = true;
    dropped_ += queue_.size();
    gone.swap(queue_);
    tell_idle(lock);
  }
  may_decline(receiver);
  room_.notify_all();
  skip(gone);
}

void delivery::close() noexcept {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  room_.notify_all();
  if (pace_) pace_->close();
  for (;;) {
    std::optional<held_call> each;
    {
      const std::lock_guard lock(mutex_);
      if (!calls_) return;
      running_call& call = *calls_;
      each.emplace(call);
      unlink(calls_, call, &running_call::next_, &running_call::previous_);
      link_front(cancelled_, call, &running_call::next_, &running_call::previous_);
      call.where_ = running_call::listed::cancelled;
    }
    (*each)->cancel();
  }
}

void delivery::add(running_call& call) noexcept {
  {
    const std::lock_guard lock(mutex_);
    const bool late = closed_;
    link_front(late ? cancelled_ : calls_, call, &running_call::next_, &running_call::previous_);
    call.where_ = late ? running_call::listed::cancelled : running_call::listed::running;
    if (!late) return;
  }
  call.cancel();
}

void delivery::remove(running_call& call) noexcept {
  const std::lock_guard lock(mutex_);
  if (call.where_ == running_call::listed::no) return;
  unlink(call.where_ == running_call::listed::running ? calls_ : cancelled_, call,
         &running_call::next_, &running_call::previous_);
  call.where_ = running_call::listed::no;
}

void delivery::end() noexcept {
  std::deque<message> gone;
  reference<late_work> work;
  {
    std::unique_lock lock(mutex_);
    closed_ = true;
    dropped_ += queue_.size();
    gone.swap(queue_);
    work = std::move(work_);
    tell_idle(lock);
  }
  skip(gone);
  if (!work) return;
  work->unwatch();
  work->forget();
}

void delivery::describe(delivery_counts& counts) const noexcept {
  const std::lock_guard lock(mutex_);
  counts.capacity = settings_.capacity;
  counts.queued = queue_.size();
  counts.running = running_;
  counts.started = started_;
  counts.dropped = dropped_;
  counts.failures = failures_;
  counts.times_left = left_;
}

void delivery::limit(std::uint64_t times) noexcept {
  picky = true;
  limited_ = true;
  left_ = times;
}

}  // namespace detail

}  // namespace aldis
