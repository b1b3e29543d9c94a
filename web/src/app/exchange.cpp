#include "app/exchange.hpp"

#include "app/app_state.hpp"
#include "app/context_executor.hpp"
#include "app/pipeline.hpp"
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include <utility>

namespace aldis::web::detail {

namespace {

/// Where a coroutine handler runs: on the loop, with the contexts of its request.
void start_on(boost::asio::io_context& loop, pipeline& one, std::function<void()> done) {
  auto contexts = std::make_shared<execution>();
  const boost::asio::any_io_executor executor =
      context_executor<boost::asio::io_context::executor_type>(loop.get_executor(), contexts);
  one.start_coroutine(&executor, contexts, std::move(done));
}

}  // namespace

exchange::exchange(app& to, boost::asio::io_context& loop, boost::asio::thread_pool* workers)
    : loop_(loop), workers_(workers), pipeline_(std::make_unique<pipeline>(app_state::of(to))) {}
exchange::~exchange() = default;

bool exchange::route() {
  pipeline_->prepare(request_, response_);
  routed_ = true;
  return request_.routing_error() == nullptr;
}

bool exchange::start(done_function done) {
  if (!std::exchange(routed_, false)) pipeline_->prepare(request_, response_);
  if (pipeline_->is_blocking() && workers_) {
    on_worker_ = true;
    // The guard keeps the loop from running out of work meanwhile.
    auto back = boost::asio::require(loop_.get_executor(),
                                     boost::asio::execution::outstanding_work.tracked);
    boost::asio::post(*workers_, [this, back, done = std::move(done)]() mutable {
      const bool complete = pipeline_->run();
      boost::asio::post(back, [this, complete, done = std::move(done)]() mutable {
        come_back(complete, std::move(done));
      });
    });
    return false;
  }
  if (pipeline_->run()) return true;
  start_coroutine(std::move(done));
  return false;
}

void exchange::come_back(bool complete, done_function done) {
  on_worker_ = false;
  if (complete) return done();
  start_coroutine(std::move(done));
  if (cancelled_) pipeline_->cancel();
}

void exchange::start_coroutine(done_function done) {
  auto back =
      boost::asio::require(loop_.get_executor(), boost::asio::execution::outstanding_work.tracked);
  // By a post of its own: nothing of the handler is running any more when the exchange is used
  // again.
  start_on(loop_, *pipeline_,
           [back, done = std::move(done)]() mutable { boost::asio::post(back, std::move(done)); });
}

void exchange::cancel() noexcept {
  cancelled_ = true;
  if (!on_worker_) pipeline_->cancel();
}

const std::exception_ptr& exchange::error() const noexcept { return pipeline_->error(); }

void exchange::end() noexcept { response_.take_source(); }

void exchange::clear() {
  request_.clear();
  response_.clear();
  pipeline_->reset();
  routed_ = false;
  cancelled_ = false;
}

handled_request handle_and_keep_context(app& to, web::request& request, web::response& response) {
  app_state& state = app_state::of(to);
  pipeline one(state);
  one.prepare(request, response);
  if (!one.run()) {
    std::shared_ptr<boost::asio::io_context> loop = state.take_loop();
    {
      // What it waits for may be no work of the loop's.
      const auto working = boost::asio::make_work_guard(*loop);
      bool done = false;
      start_on(*loop, one, [&] { done = true; });
      while (!done) loop->run_one();
    }
    state.give_back(std::move(loop));
  }
  return {one.error(), one.context()};
}

response handle_request(app& to, web::request& request) {
  web::response result;
  const handled_request kept = handle_and_keep_context(to, request, result);
  if (kept.error) std::rethrow_exception(kept.error);
  return result;
}

}  // namespace aldis::web::detail
