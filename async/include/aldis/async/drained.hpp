#pragma once

#include <aldis/async/detail/receiver_queue.hpp>
#include <aldis/async/detail/waiting_handler.hpp>
#include <aldis/connection.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/system/errc.hpp>

#include <type_traits>
#include <utility>

namespace aldis {

namespace detail {

template <class Handler>
class drained_waiter final
    : public waiting_handler<idle_waiter, Handler, boost::system::error_code> {
 public:
  using waiting_handler<idle_waiter, Handler, boost::system::error_code>::waiting_handler;
  void idle() noexcept override { this->complete({}); }
};

struct initiate_drained {
  template <class Handler>
  void operator()(Handler&& handler, const connection& receiver) const {
    using waiter = drained_waiter<std::decay_t<Handler>>;
    using boost::asio::any_io_executor;
    const auto executor = boost::asio::get_associated_executor(handler);
    const reference<waiter> waiting(new waiter(std::forward<Handler>(handler)));
    auto* const queue = static_cast<receiver_queue*>(extension_of(receiver));
    if (!queue) return waiting->complete({});
    if constexpr (std::is_constructible_v<any_io_executor, decltype(executor)>) {
      if (queue->runs_on(any_io_executor(executor))) {
        namespace errors = boost::system::errc;
        return waiting->complete(errors::make_error_code(errors::resource_deadlock_would_occur));
      }
    }
    waiting->when_cancelled([waiting, queue = reference<receiver_queue>::more(*queue)] {
      if (queue->remove_waiter(*waiting)) waiting->complete(boost::asio::error::operation_aborted);
    });
    if (!queue->wait_idle(*waiting)) waiting->complete({});
  }
};

}  // namespace detail

/// Completes when none of the receiver's calls is queued or running; after a disconnect, when the
/// last coroutine has ended and what the receiver captured is gone. Completes at once for a
/// receiver that is not on an executor.
///
///     c.disconnect();
///     co_await aldis::drained(c);
///
/// The signature is void(boost::system::error_code): operation_aborted if it was cancelled;
/// resource_deadlock_would_occur from inside one of the receiver's own coroutines, which would wait
/// for itself. Coroutines of two receivers that wait for each other are not detected.
template <class Token = boost::asio::deferred_t>
auto drained(const connection& receiver, Token&& token = {}) {
  return boost::asio::async_initiate<Token, void(boost::system::error_code)>(
      detail::initiate_drained(), token, receiver);
}

}  // namespace aldis
