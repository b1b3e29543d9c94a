#include <aldis/async/detail/forced_unwind.hpp>
#include <aldis/async/detail/receiver_queue.hpp>
#include <aldis/detail/signal_base.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <thread>

namespace aldis {

queue_full::~queue_full() = default;

namespace detail {

drain_task::drain_task(reference<receiver_queue> queue, connection receiver) noexcept
    : queue_(std::move(queue)), receiver_(std::move(receiver)) {}
drain_task::drain_task(drain_task&&) noexcept = default;

drain_task::~drain_task() {
  if (queue_) queue_->abandon(receiver_);
}

void drain_task::operator()() {
  const reference<receiver_queue> queue = std::move(queue_);
  const connection receiver = std::move(receiver_);
  queue->drain(receiver);
}

receiver_queue::receiver_queue(reference<call_runner> work, const queue_settings& settings)
    : runner_(std::move(work)), settings_(settings) {
  may_reject = settings.answers || settings.capacity != 0;
  runner_->set_queue(this);
}

receiver_queue::~receiver_queue() = default;

void receiver_queue::skip(std::deque<queued_call>& gone) noexcept {
  for (queued_call& each : gone) each.skip();
  gone.clear();
}

bool receiver_queue::reject(kept_call& call, std::size_t number) noexcept {
  if (!call.awaited()) return false;
  call.skipped(number);
  return true;
}

void receiver_queue::throw_full(const char* why) const {
  throw queue_full("aldis: the queue of the receiver connected at " +
                   std::string(settings_.where.file) + ':' + std::to_string(settings_.where.line) +
                   " is full (capacity " + std::to_string(settings_.capacity) + ')' + why);
}

bool receiver_queue::wait_for_room(std::unique_lock<std::mutex>& lock) {
  const reference<call_runner> work = runner_;
  lock.unlock();
  if (work->runs_here()) {
    throw_full(
        ", and this thread runs the executor that empties it: waiting would never end. Send from "
        "another thread, use async_send, or another overflow than block");
  }
  lock.lock();
  room_.wait(lock, [this] { return closed_ || !full(); });
  return !closed_ && !(limited_ && left_ == 0);
}

bool receiver_queue::send(receiver_slot& p, reference<kept_call> call) {
  const bool awaited = call->awaited();
  const std::size_t number = awaited ? call->expect() : 0;
  queued_call replaced;
  next_step next;
  {
    std::unique_lock lock(mutex_);
    if (closed_ || (limited_ && left_ == 0)) {
      if (closed_) ++dropped_;
      lock.unlock();
      return reject(*call, number);
    }
    if (full()) {
      switch (settings_.when_full) {
        case overflow::block:
          // An awaited send waits for room asynchronously, without blocking a thread.
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
          return reject(*call, number);
        case overflow::fail:
          ++dropped_;
          lock.unlock();
          throw_full("");
      }
    }
    queue_.push_back({std::move(call), number});
    if (clock_) limit_.queued(clock_->now());
    next = decide();
  }
  if (replaced.call) replaced.skip();
  if (next.what != next_step::kind::nothing) perform(next, connection_of(&p));
  return true;
}

receiver_queue::next_step receiver_queue::decide() noexcept {
  if (scheduled_ || !may_start()) return {};
  if (!due()) {
    // The current wait ends first, and then computes the remaining time.
    if (std::exchange(armed_, true)) return {};
    return {next_step::kind::arm, limit_.due()};
  }
  scheduled_ = true;
  return {next_step::kind::post};
}

void receiver_queue::perform(const next_step& next, const connection& receiver) {
  if (next.what == next_step::kind::post) post(receiver);
  if (next.what == next_step::kind::arm) arm(next.due, receiver);
}

void receiver_queue::try_to_perform(const next_step& next, const connection& receiver) noexcept {
  try {
    perform(next, receiver);
  } catch (...) {
    // Out of memory: the calls stay queued until the next send tries again.
  }
}

void receiver_queue::arm(std::chrono::nanoseconds due, const connection& receiver) {
  reference<rate_clock> clock;
  {
    const std::lock_guard lock(mutex_);
    clock = clock_;
  }
  if (!clock) return;
  const executor_user::use in_use(*clock);
  if (!in_use) return;
  try {
    clock->call_at(due, [self = reference<receiver_queue>::more(*this), receiver] {
      self->time_has_come(receiver);
    });
  } catch (...) {
    const std::lock_guard lock(mutex_);
    armed_ = false;
    throw;
  }
}

void receiver_queue::time_has_come(const connection& receiver) noexcept {
  next_step next;
  {
    const std::lock_guard lock(mutex_);
    armed_ = false;
    // Another send has postponed the call, so the timer must be set again.
    next = decide();
  }
  try_to_perform(next, receiver);
}

void receiver_queue::set_rate(const rate_limit& limit, reference<rate_clock> clock) noexcept {
  limit_ = limit;
  clock_ = std::move(clock);
}

void receiver_queue::connected(receiver_slot& p) noexcept {
  const std::lock_guard lock(mutex_);
  slot_ = &p;
  // The executor is already gone.
  if (closed_) may_reject = true;
}

void receiver_queue::post(const connection& receiver) {
  reference<call_runner> work;
  {
    const std::lock_guard lock(mutex_);
    work = runner_;
    posting_thread_ = std::this_thread::get_id();
  }
  if (!work) return;
  const executor_user::use executor(*work);
  if (!executor) {
    forget_posting_thread(false);
    return abandon(receiver);
  }
  try {
    work->post(drain_task(reference<receiver_queue>::more(*this), receiver));
  } catch (...) {
    forget_posting_thread(true);
    throw;
  }
  if (forget_posting_thread(false)) abandon(receiver);
}

bool receiver_queue::forget_posting_thread(bool failed) noexcept {
  const std::lock_guard lock(mutex_);
  if (failed) scheduled_ = false;
  // The drain may have run already, and another thread may be posting the next one.
  if (posting_thread_ != std::this_thread::get_id()) return false;
  posting_thread_ = {};
  return std::exchange(lost_, false) && !failed;
}

std::size_t receiver_queue::take(std::array<queued_call, max_calls_per_drain>& into,
                                 std::deque<queued_call>& surplus) noexcept {
  // Several at once only if neither a capacity, a limit nor a rate depends on the counts.
  const bool many = settings_.capacity == 0 && settings_.at_once == 0 && !limited_ && !clock_;
  const std::size_t count = many ? std::min(into.size(), queue_.size()) : 1;
  for (std::size_t i = 0; i < count; ++i) {
    into[i] = std::move(queue_.front());
    queue_.pop_front();
  }
  running_ += count;
  started_ += count;
  if (clock_) limit_.started(clock_->now());
  if (limited_ && --left_ == 0) {
    dropped_ += queue_.size();
    surplus.swap(queue_);
  }
  return count;
}

void receiver_queue::drain(const connection& receiver) {
  receiver_slot& p = *connection_access::get(receiver);
  const queued_call_guard inside(p);
  reference<call_runner> work;
  std::array<queued_call, max_calls_per_drain> taken;
  std::size_t ended = 0;
  std::size_t failed = 0;
  std::size_t unstarted = 0;
  next_step next;
  for (std::size_t made = 0;;) {
    std::deque<queued_call> surplus;
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
      // If the receiver is not alive, the queued calls are destroyed with it.
      const bool more = inside.alive() && may_start();
      if (more && due() && made < max_calls_per_drain) {
        work = runner_;
        waited_for = full();
        count = take(taken, surplus);
      } else {
        scheduled_ = false;
        if (more) next = decide();
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
      try {
        switch (work->run(*this, receiver, p, std::move(taken[i]))) {
          case call_runner::result::failed:
            ++failed;
            [[fallthrough]];
          case call_runner::result::ended:
            ++ended;
            break;
          case call_runner::result::still_running:
            break;
        }
      } catch (const forced_unwind&) {
        thread_ends(std::span(taken).subspan(i + 1, count - i - 1), ended + 1, receiver);
        throw;
      }
    }
  }
  try_to_perform(next, receiver);
}

void receiver_queue::thread_ends(std::span<queued_call> unstarted, std::size_t ended,
                                 const connection& receiver) noexcept {
  next_step next;
  {
    std::unique_lock lock(mutex_);
    while (!unstarted.empty()) {
      queue_.push_front(std::move(unstarted.back()));
      unstarted = unstarted.first(unstarted.size() - 1);
      --running_;
      --started_;
    }
    running_ -= ended;
    ++failures_;
    scheduled_ = false;
    next = decide();
    tell_idle(lock);
  }
  try_to_perform(next, receiver);
}

void receiver_queue::finished(const connection& receiver, bool failed) noexcept {
  next_step next;
  bool exhausted = false;
  {
    std::unique_lock lock(mutex_);
    --running_;
    if (failed) ++failures_;
    exhausted = limited_ && left_ == 0 && running_ == 0;
    next = decide();
    tell_idle(lock);
  }
  try_to_perform(next, receiver);
  if (exhausted) receiver.request_disconnect();
}

void receiver_queue::tell_idle(std::unique_lock<std::mutex>& lock) noexcept {
  if (!idle()) return;
  idle_waiter* waiting = std::exchange(waiters_, nullptr);
  lock.unlock();
  while (waiting) {
    const reference<idle_waiter> each(std::exchange(waiting, waiting->next_idle_));
    each->idle();
  }
}

bool receiver_queue::runs_on(const boost::asio::any_io_executor& executor) const noexcept {
  const std::lock_guard lock(mutex_);
  for (const call_list* list : {&calls_, &cancelled_}) {
    for (running_call& each : *list) {
      if (each.runs_on(executor)) return true;
    }
  }
  return false;
}

bool receiver_queue::wait_idle(idle_waiter& waiter) {
  const std::lock_guard lock(mutex_);
  if (idle()) return false;
  waiter.refer();
  waiter.next_idle_ = waiters_;
  waiters_ = &waiter;
  return true;
}

bool receiver_queue::remove_waiter(idle_waiter& waiter) noexcept {
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

void receiver_queue::abandon(const connection& receiver) noexcept {
  std::deque<queued_call> gone;
  {
    std::unique_lock lock(mutex_);
    // The drain was destroyed by the post on this thread. post() may have failed with an exception
    // while the executor is alive; the posting code finds out.
    if (posting_thread_ == std::this_thread::get_id()) {
      lost_ = true;
      return;
    }
    closed_ = true;
    dropped_ += queue_.size();
    gone.swap(queue_);
    tell_idle(lock);
  }
  allow_rejection(receiver);
  room_.notify_all();
  skip(gone);
}

void receiver_queue::executor_ended() noexcept {
  connection receiver;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    if (slot_) receiver = connection_of(slot_);
  }
  if (receiver) abandon(receiver);
}

void receiver_queue::close() noexcept {
  reference<rate_clock> clock;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    disconnected_ = true;
    clock = std::move(clock_);
  }
  room_.notify_all();
  if (clock) clock->unwatch();
  for (;;) {
    std::optional<held_call> each;
    {
      const std::lock_guard lock(mutex_);
      if (calls_.empty()) return;
      running_call& call = *calls_.first();
      each.emplace(call);
      calls_.erase(call);
      cancelled_.push_front(call);
      call.where_ = running_call::listed::cancelled;
    }
    (*each)->cancel();
  }
}

void receiver_queue::add(running_call& call) noexcept {
  {
    const std::lock_guard lock(mutex_);
    const bool was_closed = closed_;
    (was_closed ? cancelled_ : calls_).push_front(call);
    call.where_ = was_closed ? running_call::listed::cancelled : running_call::listed::running;
    if (!was_closed) return;
  }
  call.cancel();
}

void receiver_queue::remove(running_call& call) noexcept {
  const std::lock_guard lock(mutex_);
  if (call.where_ == running_call::listed::no) return;
  (call.where_ == running_call::listed::running ? calls_ : cancelled_).erase(call);
  call.where_ = running_call::listed::no;
}

void receiver_queue::end() noexcept {
  std::deque<queued_call> gone;
  reference<call_runner> work;
  reference<rate_clock> clock;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    dropped_ += queue_.size();
    gone.swap(queue_);
    work = std::move(runner_);
    clock = std::move(clock_);
    slot_ = nullptr;
  }
  skip(gone);
  if (clock) clock->unwatch();
  if (work) {
    work->set_queue(nullptr);
    work->unwatch();
    work->destroy_contents();
  }
  // Waiting operations complete last, after the callable is destroyed.
  std::unique_lock lock(mutex_);
  destroyed_ = true;
  tell_idle(lock);
}

void receiver_queue::describe(delivery_counts& counts) const noexcept {
  const std::lock_guard lock(mutex_);
  counts.capacity = settings_.capacity;
  counts.queued = queue_.size();
  counts.running = running_;
  counts.started = started_;
  counts.dropped = dropped_;
  counts.failures = failures_;
  counts.times_left = left_;
}

void receiver_queue::limit(std::uint64_t times) noexcept {
  may_reject = true;
  limited_ = true;
  left_ = times;
}

void call_runner::set_queue(receiver_queue* queue) noexcept {
  const std::lock_guard lock(mutex_);
  queue_ = queue;
}

void call_runner::context_ended() noexcept {
  reference<receiver_queue> queue;
  {
    const std::lock_guard lock(mutex_);
    if (queue_) queue = reference<receiver_queue>::more(*queue_);
  }
  if (queue) queue->executor_ended();
}

}  // namespace detail

}  // namespace aldis
