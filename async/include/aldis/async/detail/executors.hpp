#pragma once

// Which threads an executor runs on: who waits for room in a queue must not be one of them.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/system_executor.hpp>
#include <boost/asio/thread_pool.hpp>

#include <type_traits>

namespace aldis::detail {

enum class threads { others, this_one, unknown };

template <class Executor>
threads threads_of(const Executor& executor);

/// Not the strand alone: it needs a thread of the executor behind it.
template <class Inner>
threads threads_of(const boost::asio::strand<Inner>& executor) {
  if (executor.running_in_this_thread()) return threads::this_one;
  return detail::threads_of(executor.get_inner_executor());
}

template <class... Candidates>
threads threads_of_target(const boost::asio::any_io_executor& executor) {
  threads found = threads::unknown;
  const auto look = [&](const auto* target) {
    if (target) found = detail::threads_of(*target);
  };
  (look(executor.target<Candidates>()), ...);
  return found;
}

inline threads threads_of(const boost::asio::any_io_executor& executor) {
  namespace asio = boost::asio;
  using io = asio::io_context::executor_type;
  using pool = asio::thread_pool::executor_type;
  namespace outstanding = asio::execution;
  using tracked_io = std::decay_t<decltype(asio::require(std::declval<io>(),
                                                         outstanding::outstanding_work.tracked))>;
  using tracked_pool = std::decay_t<decltype(asio::require(std::declval<pool>(),
                                                           outstanding::outstanding_work.tracked))>;
  using any = asio::any_io_executor;
  return threads_of_target<io, pool, tracked_io, tracked_pool, asio::strand<io>, asio::strand<pool>,
                           asio::strand<any>, any>(executor);
}

template <class Executor>
threads threads_of(const Executor& executor) {
  if constexpr (requires { executor.running_in_this_thread(); }) {
    return executor.running_in_this_thread() ? threads::this_one : threads::others;
  } else {
    return threads::unknown;
  }
}

}  // namespace aldis::detail
