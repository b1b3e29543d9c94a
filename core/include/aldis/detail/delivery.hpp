#pragma once

// What core offers to those who deliver calls later than the send: arguments that outlive it,
// something attached to a place, and entering a place as a send does. docs/design/queued-calls.md.

#include <aldis/connection.hpp>
#include <aldis/detail/atomic.hpp>
#include <aldis/detail/engine.hpp>
#include <aldis/detail/weak_owner.hpp>
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
class kept_arguments : public counted {};

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

/// Lives as long as anybody refers to a place, longer than its receiver. Destroyed under the core's
/// mutex, so nothing of the user's may be left in it by then.
class attachment : public counted {
 public:
  /// A send must ask whether a call was taken on, or may not make it at all. The short way does
  /// neither. Set before the receiver is connected, later by may_decline.
  bool picky = false;

  /// The receiver has its place, and no send has found it yet. Once, under the core's mutex.
  virtual void connected(place& p) noexcept = 0;
  /// The receiver was condemned, and its disconnect is about to wait for those inside. Once, and
  /// without any lock.
  virtual void close() noexcept = 0;
  /// Under the core's mutex.
  virtual void describe(delivery_counts& counts) const noexcept = 0;
  /// No more than so many calls (times, once). Before the receiver is connected.
  virtual void limit(std::uint64_t times) noexcept = 0;
};

/// The running send, from inside a receiver that it calls; null if it goes the short way, where
/// arguments are not shared.
ALDIS_API walk* send_calling(const place& p) noexcept;

/// What is attached to the receiver, or null. Lifetime: while the connection is.
ALDIS_API attachment* attached_to(const connection& c) noexcept;

/// From now on the receiver may decline calls.
ALDIS_API void may_decline(const connection& c) noexcept;

/// What the receiver tracks; only from inside it.
ALDIS_API const weak_owner* trackers_of(const place& p) noexcept;

/// A tracked object is gone, and so is the receiver.
ALDIS_API void end_expired(place& p) noexcept;

/// A receiver failed after its send: to signal_base::receiver_failed().
ALDIS_API void tell_failed(place& p, const std::exception_ptr& error) noexcept;

[[noreturn]] ALDIS_API void throw_needs_async_send();

/// Being inside a receiver without a send: a disconnect finds this thread and waits for it. The
/// caller has a reference to the place.
class ALDIS_API late_call {
 public:
  explicit late_call(place& p);
  late_call(const late_call&) = delete;
  late_call& operator=(const late_call&) = delete;
  ~late_call();

  /// Not condemned yet. If not, a disconnect may have returned, and nothing may be called.
  bool alive() const noexcept;

 private:
  place& place_;
  record& me_;
  frame* frame_;
};

}  // namespace aldis::detail
