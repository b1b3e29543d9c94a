#pragma once

// What core offers for receivers that are called after the send: arguments that outlive it, an
// object attached to the slot, and entering a receiver as a send does. docs/design/queued-calls.md.

#include <aldis/connection.hpp>
#include <aldis/detail/any_weak_pointer.hpp>
#include <aldis/detail/engine.hpp>
#include <aldis/export.hpp>
#include <aldis/reclamation/atomic.hpp>

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
    // New references are made from existing ones only, so the owner of the only one needs no
    // read-modify-write. Acquire: what former owners did happens before it is deleted.
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

/// The arguments of one send, shared by all receivers that are called after it.
class owned_arguments : public counted {};

/// Statistics of a receiver's queue.
struct delivery_counts {
  std::uint64_t capacity = 0;
  std::uint64_t queued = 0;
  std::uint64_t running = 0;
  std::uint64_t started = 0;
  std::uint64_t dropped = 0;
  std::uint64_t failures = 0;
  std::uint64_t times_left = 0;
};

/// An object attached to a slot. Lives as long as anything refers to the slot, longer than the
/// receiver. Destroyed under the signal's mutex, so by then it may own nothing whose destructor is
/// the user's.
class slot_extension : public counted {
 public:
  /// The receiver may reject calls, which the fast path does not check. Set before the receiver is
  /// connected, afterwards by allow_rejection.
  bool may_reject = false;

  /// Called once, under the signal's mutex, when the receiver has its slot and no send has found
  /// it.
  virtual void connected(receiver_slot& slot) noexcept = 0;
  /// Called once, without any lock, when the receiver was disconnected, and before the disconnect
  /// waits for threads inside it.
  virtual void close() noexcept = 0;
  /// Under the signal's mutex.
  virtual void describe(delivery_counts& counts) const noexcept = 0;
  /// Limits the number of calls (times, once). Called before the receiver is connected.
  virtual void limit(std::uint64_t times) noexcept = 0;
};

/// The send that is calling the receiver, to be asked from inside it. Null on the fast path, where
/// receivers share no arguments.
ALDIS_API slow_send* running_send(const receiver_slot& slot) noexcept;

/// What is attached to the receiver's slot, or null. Lifetime: that of the connection.
ALDIS_API slot_extension* extension_of(const connection& c) noexcept;

/// From now on the receiver may reject calls.
ALDIS_API void allow_rejection(const connection& c) noexcept;

/// What the receiver tracks. To be called from inside the receiver only.
ALDIS_API const any_weak_pointer* trackers_of(const receiver_slot& slot) noexcept;

/// Disconnects a receiver whose tracked object has expired.
ALDIS_API void disconnect_expired(receiver_slot& slot) noexcept;

/// Sends signal_base::receiver_failed() for a receiver that threw after its send.
ALDIS_API void notify_failed(receiver_slot& slot, const std::exception_ptr& error) noexcept;

[[noreturn]] ALDIS_API void throw_needs_async_send();

/// Enters a receiver without a send: a disconnect finds this thread inside and waits for it. The
/// caller owns a reference to the slot.
class ALDIS_API queued_call_guard {
 public:
  explicit queued_call_guard(receiver_slot& slot);
  queued_call_guard(const queued_call_guard&) = delete;
  queued_call_guard& operator=(const queued_call_guard&) = delete;
  ~queued_call_guard();

  /// Whether the receiver may be called: if it was disconnected, the disconnect may have returned.
  bool alive() const noexcept;

 private:
  receiver_slot& slot_;
  thread_record& me_;
  hazard_frame* frame_;
};

}  // namespace aldis::detail
