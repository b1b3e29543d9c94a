#pragma once

#include <boost/asio.hpp>

#include <chrono>
#include <future>
#include <stdexcept>

namespace asio = boost::asio;

/// Gets the result, or fails when it takes too long.
template <class T>
T get(std::future<T> later) {
  if (later.wait_for(std::chrono::seconds(20)) != std::future_status::ready) {
    throw std::runtime_error("it takes too long");
  }
  return later.get();
}

/// A future that is set on the thread that runs the context. Another thread would release the
/// exception by a count inside the C++ library, which the thread sanitizer does not see.
inline auto future_on(asio::io_context& context) {
  return asio::bind_executor(context, asio::use_future);
}

/// Returns when all tasks posted before have run, on an executor that runs one at a time.
template <class Executor>
void wait_for_posted(const Executor& executor) {
  get(asio::post(executor, asio::use_future));
}
