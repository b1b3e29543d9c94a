#pragma once

// Whether an executor runs on this thread. A thread that waits for room in a queue must not be one
// that runs the queued calls.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/system_executor.hpp>
#include <boost/asio/thread_pool.hpp>

#include <optional>
#include <type_traits>

namespace aldis::detail {

/// Nothing for an executor that cannot tell.
template <class Executor>
std::optional<bool> runs_in_this_thread(const Executor& executor);

/// A strand also runs on the threads of its inner executor.
template <class Inner>
std::optional<bool> runs_in_this_thread(const boost::asio::strand<Inner>& executor) {
  if (executor.running_in_this_thread()) return true;
  return detail::runs_in_this_thread(executor.get_inner_executor());
}

template <class... Candidates>
std::optional<bool> target_runs_in_this_thread(const boost::asio::any_io_executor& executor) {
  std::optional<bool> found;
  const auto look = [&](const auto* target) {
    if (target) found = detail::runs_in_this_thread(*target);
  };
  (look(executor.target<Candidates>()), ...);
  return found;
}

inline std::optional<bool> runs_in_this_thread(const boost::asio::any_io_executor& executor) {
  namespace asio = boost::asio;
  using io = asio::io_context::executor_type;
  using pool = asio::thread_pool::executor_type;
  namespace outstanding = asio::execution;
  using tracked_io = std::decay_t<decltype(asio::require(std::declval<io>(),
                                                         outstanding::outstanding_work.tracked))>;
  using tracked_pool = std::decay_t<decltype(asio::require(std::declval<pool>(),
                                                           outstanding::outstanding_work.tracked))>;
  using any = asio::any_io_executor;
  return target_runs_in_this_thread<io, pool, tracked_io, tracked_pool, asio::strand<io>,
                                    asio::strand<pool>, asio::strand<any>, any>(executor);
}

template <class Executor>
std::optional<bool> runs_in_this_thread(const Executor& executor) {
  if constexpr (requires { executor.running_in_this_thread(); }) {
    return executor.running_in_this_thread();
  } else {
    return std::nullopt;
  }
}

}  // namespace aldis::detail
