#pragma once

#include <aldis/async/detail/delivery.hpp>
#include <aldis/async/detail/waiting_handler.hpp>
#include <aldis/connection.hpp>

#include <boost/asio/async_result.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>

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
    const reference<waiter> waiting(new waiter(std::forward<Handler>(handler)));
    auto* const queue = static_cast<delivery*>(attached_to(receiver));
    if (!queue) return waiting->complete({});
    waiting->when_cancelled([waiting, queue = reference<delivery>::more(*queue)] {
      if (queue->forget(*waiting)) waiting->complete(boost::asio::error::operation_aborted);
    });
    if (!queue->wait_idle(*waiting)) waiting->complete({});
  }
};

}  // namespace detail

/// Completes when none of the receiver's calls is queued or runs; after a disconnect, when the last
/// coroutine has ended and what the receiver captured is gone. At once for a receiver that is not
/// on an executor.
///
///     c.disconnect();
///     co_await aldis::drained(c);
///
/// The signature is void(boost::system::error_code): operation_aborted if it was cancelled.
template <class Token = boost::asio::deferred_t>
auto drained(const connection& receiver, Token&& token = {}) {
  return boost::asio::async_initiate<Token, void(boost::system::error_code)>(
      detail::initiate_drained(), token, receiver);
}

}  // namespace aldis
