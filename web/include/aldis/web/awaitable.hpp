#pragma once

// Coroutine handlers. The one header that brings Boost.Asio with it.

#include <aldis/web/answer.hpp>

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
class coroutine_answer final : public deferred {
 public:
  explicit coroutine_answer(boost::asio::awaitable<T, Executor> from) : from_(std::move(from)) {}

  void start(const void* executor, response& into, done_function done) override {
    const auto& on = *static_cast<const boost::asio::any_io_executor*>(executor);
    boost::asio::co_spawn(
        on, std::move(from_),
        boost::asio::bind_cancellation_slot(stop_.slot(), [this, on, &into, done = std::move(done)](
                                                              std::exception_ptr error, T answer) {
          given got;
          if (!error) {
            try {
              got = give<T>(std::move(answer), into);
            } catch (...) {
              error = std::current_exception();
            }
          }
          if (!got.later) return done(error, got.answered);
          // An any_answer with another coroutine in it.
          next_ = std::move(got.later);
          next_->start(&on, into, done);
        }));
  }

  void cancel() noexcept override {
    if (next_) return next_->cancel();
    stop_.emit(boost::asio::cancellation_type::terminal);
  }

 private:
  boost::asio::awaitable<T, Executor> from_;
  std::unique_ptr<deferred> next_;
  boost::asio::cancellation_signal stop_;
};

/// A handler that returns boost::asio::awaitable<T>: T is what another handler would return. It
/// runs on the thread that took the request; contexts go with it across every suspension.
///
/// When the server stops, or the client has gone, it is asked to stop (asio's terminal
/// cancellation).
template <class T, class Executor>
struct deferred_conversion<boost::asio::awaitable<T, Executor>> {
  static_assert(!std::is_void_v<T>, "aldis: a coroutine handler co_returns its answer");
  static_assert(std::is_constructible_v<Executor, boost::asio::any_io_executor>,
                "aldis: this coroutine's awaitable cannot run on any executor: use "
                "boost::asio::awaitable<T>");

  static std::unique_ptr<deferred> defer(boost::asio::awaitable<T, Executor> from) {
    return std::make_unique<coroutine_answer<T, Executor>>(std::move(from));
  }
};

}  // namespace aldis::web::detail

#pragma pop_macro("emit")
