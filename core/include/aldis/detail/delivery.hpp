#pragma once

// What core offers to those who deliver calls later than the send: arguments that outlive it,
// something attached to a slot, and entering a slot as a send does. docs/design/queued-calls.md.

#include <aldis/connection.hpp>
#include <aldis/detail/any_weak_pointer.hpp>
#include <aldis/detail/atomic.hpp>
#include <aldis/detail/engine.hpp>
#include <aldis/export.hpp>

#include <cstdint>
#include <exception>
#include <utility>

namespace aldis::detail {

/// Counts references to itself; the last one deletes it.
class counted {
 public:
  counted() = default;
  counted(const counted&) = delete;
  counted& operator=(const counted&) = delete;
  virtual ~counted() = default;

  void refer() noexcept { references_.fetch_add(1); }
  void release() noexcept {
    // Nobody else could make it more than one.
    if (references_.load_acquire() == 1 || references_.fetch_sub(1) == 1) delete this;
  }

 private:
  atomic<std::uint32_t> references_{1};
};

/// One reference to something counted.
template <class T>
class reference {
 public:
  reference() noexcept = default;
  /// Takes over one reference.
  explicit reference(T* to) noexcept : to_(to) {}
  static reference more(T& to) noexcept {
    to.refer();
    return reference(&to);
  }
  reference(const reference& other) noexcept : to_(other.to_) {
    if (to_) to_->refer();
  }
  reference(reference&& other) noexcept : to_(std::exchange(other.to_, nullptr)) {}
  reference& operator=(reference other) noexcept {
    std::swap(to_, other.to_);
    return *this;
  }
  ~reference() { reset(); }

  T* get() const noexcept { return to_; }
  T* release() noexcept { return std::exchange(to_, nullptr); }
  void reset() noexcept {
    if (T* const old = release()) old->release();
  }
  T& operator*() const noexcept { return *to_; }
  T* operator->() const noexcept { return to_; }
  explicit operator bool() const noexcept { return to_ != nullptr; }

 private:
  T* to_ = nullptr;
};

/// The arguments of one send, for all receivers that are called after it.
class owned_arguments : public counted {};

/// How late calls are getting on.
struct delivery_counts {
  std::uint64_t capacity = 0;
  std::uint64_t queued = 0;
  std::uint64_t running = 0;
  std::uint64_t started = 0;
  std::uint64_t dropped = 0;
  std::uint64_t failures = 0;
  std::uint64_t times_left = 0;
};

/// Lives as long as anybody refers to a slot, longer than its receiver. Destroyed under the
/// signal's mutex, so nothing of the user's may be left in it by then.
class slot_extension : public counted {
 public:
  /// A send must ask whether a call was taken on, or may not make it at all. The fast path does
  /// neither. Set before the receiver is connected, later by may_decline.
  bool may_reject = false;

  /// The receiver has its slot, and no send has found it yet. Once, under the signal's mutex.
  virtual void connected(receiver_slot& p) noexcept = 0;
  /// The receiver was disconnected, and its disconnect is about to wait for those inside. Once, and
  /// without any lock.
  virtual void close() noexcept = 0;
  /// Under the signal's mutex.
  virtual void describe(delivery_counts& counts) const noexcept = 0;
  /// No more than so many calls (times, once). Before the receiver is connected.
  virtual void limit(std::uint64_t times) noexcept = 0;
};

/// The running send, from inside a receiver that it calls; null if it takes the fast path, where
/// arguments are not shared.
ALDIS_API slow_send* send_calling(const receiver_slot& p) noexcept;

/// What is attached to the receiver, or null. Lifetime: while the connection is.
ALDIS_API slot_extension* extension_of(const connection& c) noexcept;

/// From now on the receiver may decline calls.
ALDIS_API void allow_rejection(const connection& c) noexcept;

/// What the receiver tracks; only from inside it.
ALDIS_API const any_weak_pointer* trackers_of(const receiver_slot& p) noexcept;

/// A tracked object is gone, and so is the receiver.
ALDIS_API void end_expired(receiver_slot& p) noexcept;

/// A receiver failed after its send: to signal_base::receiver_failed().
ALDIS_API void tell_failed(receiver_slot& p, const std::exception_ptr& error) noexcept;

[[noreturn]] ALDIS_API void throw_needs_async_send();

/// Being inside a receiver without a send: a disconnect finds this thread and waits for it. The
/// caller has a reference to the slot.
class ALDIS_API queued_call_guard {
 public:
  explicit queued_call_guard(receiver_slot& p);
  queued_call_guard(const queued_call_guard&) = delete;
  queued_call_guard& operator=(const queued_call_guard&) = delete;
  ~queued_call_guard();

  /// Not marked disconnected yet. If not, a disconnect may have returned, and nothing may be
  /// called.
  bool alive() const noexcept;

 private:
  receiver_slot& slot_;
  thread_record& me_;
  send_frame* frame_;
};

}  // namespace aldis::detail
