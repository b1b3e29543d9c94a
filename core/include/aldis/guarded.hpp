#pragma once

#include <aldis/connection.hpp>
#include <aldis/fwd.hpp>

#include <type_traits>
#include <utility>

namespace aldis {

/// An object whose receivers are disconnected and left before its destructor begins. Needs no base
/// class and no shared_ptr, and costs nothing per call.
///
///     aldis::guarded<meter> m;
///     tick.connect<&meter::on_tick>(m);   // the connection is kept by m
///
/// Threads: its connections may be added from any thread; the object itself is as safe as T.
/// Lifetime: not copyable, not movable: receivers hold its address. The destructor waits for
/// receivers that other threads are inside of, and then destroys the T. If its own thread is inside
/// one of the object's receivers, or those wait for this thread, it cannot wait: then the T is
/// destroyed when the last of these receivers has been left, on that receiver's thread.
/// This covers the connections that it keeps. One that is kept elsewhere (from `connected_to`) must
/// end before it.
/// Cost: one allocation. A destructor that cannot wait allocates for each such receiver; without
/// memory it ends the program.
template <class T>
class guarded {
 public:
  template <class... Args>
  requires std::is_constructible_v<T, Args...>
  explicit(sizeof...(Args) == 1) guarded(Args&&... args)
      : held_(new object(std::forward<Args>(args)...)) {}

  guarded(const guarded&) = delete;
  guarded& operator=(const guarded&) = delete;
  ~guarded() { detail::end_with(connections_, *held_); }

  T& operator*() noexcept { return held_->value; }
  const T& operator*() const noexcept { return held_->value; }
  T* operator->() noexcept { return __builtin_addressof(held_->value); }
  const T* operator->() const noexcept { return __builtin_addressof(held_->value); }

  /// Keeps one more connection, such as that of a lambda that uses the object.
  guarded& operator+=(scoped_connection added) {
    connections_ += std::move(added);
    return *this;
  }

  aldis::connections& connections() noexcept { return connections_; }

 private:
  struct object final : detail::guarded_object {
    template <class... Args>
    explicit object(Args&&... args) : value(std::forward<Args>(args)...) {}

    T value;
  };

  // Allocated, because the T may have to outlive this.
  object* held_;
  aldis::connections connections_;
};

}  // namespace aldis
