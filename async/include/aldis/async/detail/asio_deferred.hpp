#pragma once

// Asio 1.26 (Boost 1.81) cannot co_await a deferred operation whose signature is
// void(std::exception_ptr, T): chriskohlhoff/asio#1190. The missing specializations, for the types
// that async_send completes with.

#include <aldis/replies.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/version.hpp>

#include <cstddef>
#include <exception>
#include <optional>
#include <utility>

#if BOOST_ASIO_VERSION < 102800

namespace aldis::detail {

template <class T>
inline constexpr bool ends_async_send = false;
template <class R>
inline constexpr bool ends_async_send<replies<R>> = true;
template <class R>
inline constexpr bool ends_async_send<outcomes<R>> = true;
template <class R>
inline constexpr bool ends_async_send<std::optional<reply<R>>> = true;
template <>
inline constexpr bool ends_async_send<std::size_t> = true;

}  // namespace aldis::detail

namespace boost::asio::detail {

template <class R, class T, class Executor>
requires(aldis::detail::ends_async_send<T>) class awaitable_async_op_handler<
    R(std::exception_ptr, T), Executor> : public awaitable_thread<Executor> {
 public:
  struct result_type {
    std::exception_ptr* error;
    T* value;
  };

  awaitable_async_op_handler(awaitable_thread<Executor>* from, result_type& result)
      : awaitable_thread<Executor>(std::move(*from)), result_(result) {}

  void operator()(std::exception_ptr error, T value) {
    result_ = {&error, &value};
    this->entry_point()->top_of_stack_->attach_thread(this);
    this->entry_point()->top_of_stack_->clear_cancellation_slot();
    this->pump();
  }

  static T resume(result_type& result) {
    if (*result.error) std::rethrow_exception(std::exchange(*result.error, nullptr));
    return std::move(*result.value);
  }

 private:
  result_type& result_;
};

}  // namespace boost::asio::detail

#endif
