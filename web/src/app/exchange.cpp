#include "app/exchange.hpp"

#include "app/app_state.hpp"
#include "app/context_executor.hpp"
#include "app/request_dispatcher.hpp"
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include <utility>

namespace aldis::web::detail {

namespace {

/// Starts a coroutine handler on the io_context, with the contexts of its request.
void start_coroutine_on(boost::asio::io_context& io_context, request_dispatcher& dispatcher,
                        std::function<void()> done) {
  auto chain = std::make_shared<context_chain>();
  const boost::asio::any_io_executor executor =
      context_executor<boost::asio::io_context::executor_type>(io_context.get_executor(), chain);
  dispatcher.start_coroutine(&executor, chain, std::move(done));
}

}  // namespace

exchange::exchange(app& to, boost::asio::io_context& loop, boost::asio::thread_pool* workers)
    : loop_(loop),
      workers_(workers),
      dispatcher_(std::make_unique<request_dispatcher>(app_state::of(to))) {}
exchange::~exchange() = default;

bool exchange::route() {
  dispatcher_->prepare(request_, response_);
  routed_ = true;
  return request_.routing_error() == nullptr;
}

bool exchange::start(done_function done) {
  if (!std::exchange(routed_, false)) dispatcher_->prepare(request_, response_);
  if (dispatcher_->is_blocking() && workers_) {
    on_worker_ = true;
    // Tracked work keeps the loop running meanwhile.
    auto back = boost::asio::require(loop_.get_executor(),
                                     boost::asio::execution::outstanding_work.tracked);
    boost::asio::post(*workers_, [this, back, done = std::move(done)]() mutable {
      const bool complete = dispatcher_->run();
      boost::asio::post(back, [this, complete, done = std::move(done)]() mutable {
        on_worker_done(complete, std::move(done));
      });
    });
    return false;
  }
  if (dispatcher_->run()) return true;
  start_coroutine(std::move(done));
  return false;
}

void exchange::on_worker_done(bool complete, done_function done) {
  on_worker_ = false;
  if (complete) return done();
  start_coroutine(std::move(done));
  if (cancelled_) dispatcher_->cancel();
}

void exchange::start_coroutine(done_function done) {
  auto back =
      boost::asio::require(loop_.get_executor(), boost::asio::execution::outstanding_work.tracked);
  // Posted separately, so that nothing of the handler is still running when the exchange is reused.
  start_coroutine_on(loop_, *dispatcher_, [back, done = std::move(done)]() mutable {
    boost::asio::post(back, std::move(done));
  });
}

void exchange::cancel() noexcept {
  cancelled_ = true;
  if (!on_worker_) dispatcher_->cancel();
}

const std::exception_ptr& exchange::error() const noexcept { return dispatcher_->error(); }

void exchange::end() noexcept { response_.take_source(); }

void exchange::clear() {
  request_.clear();
  response_.clear();
  dispatcher_->reset();
  routed_ = false;
  cancelled_ = false;
}

handled_request handle_and_keep_context(app& to, web::request& request, web::response& response) {
  app_state& state = app_state::of(to);
  request_dispatcher dispatcher(state);
  dispatcher.prepare(request, response);
  if (!dispatcher.run()) {
    std::shared_ptr<boost::asio::io_context> io_context = state.borrow_io_context();
    {
      // The coroutine may wait for something that is not work of this io_context.
      const auto working = boost::asio::make_work_guard(*io_context);
      bool done = false;
      start_coroutine_on(*io_context, dispatcher, [&] { done = true; });
      while (!done) io_context->run_one();
    }
    state.return_io_context(std::move(io_context));
  }
  return {dispatcher.error(), dispatcher.context()};
}

response handle_request(app& to, web::request& request) {
  web::response result;
  const handled_request handled = handle_and_keep_context(to, request, result);
  if (handled.error) std::rethrow_exception(handled.error);
  return result;
}

}  // namespace aldis::web::detail
