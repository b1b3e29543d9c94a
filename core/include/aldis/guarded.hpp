#pragma once

#include <aldis/connection.hpp>
#include <aldis/fwd.hpp>

#include <type_traits>
#include <utility>

namespace aldis {

/// An object whose receivers are disconnected, and drained, before its destructor begins. No base
/// class, no shared_ptr, nothing per call.
///
///     aldis::guarded<meter> m;
///     tick.connect<&meter::on_tick>(m);   // the connection is kept by m
///
/// Threads: its connections may be added from any thread; the object itself is as safe as T.
/// Lifetime: not copyable, not movable: receivers hold its address.
template <class T>
class guarded {
 public:
  template <class... Args>
  requires std::is_constructible_v<T, Args...>
  explicit(sizeof...(Args) == 1) guarded(Args&&... args) : value_(std::forward<Args>(args)...) {}

  guarded(const guarded&) = delete;
  guarded& operator=(const guarded&) = delete;

  T& operator*() noexcept { return value_; }
  const T& operator*() const noexcept { return value_; }
  T* operator->() noexcept { return &value_; }
  const T* operator->() const noexcept { return &value_; }

  /// Keeps one more connection, for instance of a lambda that uses the object.
  guarded& operator+=(scoped_connection added) {
    connections_ += std::move(added);
    return *this;
  }

  aldis::connections& connections() noexcept { return connections_; }

 private:
  T value_;
  // After the value, so destroyed before it.
  aldis::connections connections_;
};

}  // namespace aldis
