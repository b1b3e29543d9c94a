#pragma once

// Coroutine handlers. The only header of web that includes Boost.Asio.

#include <aldis/web/response_conversion.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>

#include <exception>
#include <memory>
#include <type_traits>
#include <utility>

// Qt makes it a macro.
#pragma push_macro("emit")
#undef emit

namespace aldis::web::detail {

template <class T, class Executor>
class coroutine_result final : public async_result {
 public:
  explicit coroutine_result(boost::asio::awaitable<T, Executor> from) : from_(std::move(from)) {}

  void start(const void* executor, response& into, done_function done) override {
    const auto& on = *static_cast<const boost::asio::any_io_executor*>(executor);
    boost::asio::co_spawn(on, std::move(from_),
                          boost::asio::bind_cancellation_slot(
                              stop_.slot(), [this, on, &into, done = std::move(done)](
                                                std::exception_ptr error, T returned) {
                                handler_result result;
                                if (!error) {
                                  try {
                                    result = convert_result<T>(std::move(returned), into);
                                  } catch (...) {
                                    error = std::current_exception();
                                  }
                                }
                                if (!result.pending) return done(error, result.has_response);
                                // An any_response that holds another coroutine.
                                next_ = std::move(result.pending);
                                next_->start(&on, into, done);
                              }));
  }

  void cancel() noexcept override {
    if (next_) return next_->cancel();
    stop_.emit(boost::asio::cancellation_type::terminal);
  }

 private:
  boost::asio::awaitable<T, Executor> from_;
  std::unique_ptr<async_result> next_;
  boost::asio::cancellation_signal stop_;
};

/// For handlers that return boost::asio::awaitable<T>, where T is what an ordinary handler could
/// return. The coroutine runs on the thread that read the request; its contexts are current again
/// after every suspension.
///
/// It is cancelled (asio's terminal cancellation) when its client has gone, or when the stop
/// timeout of the server has expired.
template <class T, class Executor>
struct async_conversion<boost::asio::awaitable<T, Executor>> {
  static_assert(!std::is_void_v<T>, "aldis: a coroutine handler co_returns its response");
  static_assert(std::is_constructible_v<Executor, boost::asio::any_io_executor>,
                "aldis: this coroutine's awaitable cannot run on any executor: use "
                "boost::asio::awaitable<T>");

  static std::unique_ptr<async_result> convert(boost::asio::awaitable<T, Executor> from) {
    return std::make_unique<coroutine_result<T, Executor>>(std::move(from));
  }
};

}  // namespace aldis::web::detail

#pragma pop_macro("emit")
