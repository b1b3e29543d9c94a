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

/// Returns when all that the executor was given before has run, if it runs one thing at a time.
template <class Executor>
void settle(const Executor& executor) {
  get(asio::post(executor, asio::use_future));
}
