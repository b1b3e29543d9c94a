#include "app/context_body_source.hpp"

#include <utility>

namespace aldis::web {

namespace detail {

context_body_source::context_body_source(std::unique_ptr<body_source> inner,
                                         std::shared_ptr<context> of_request)
    : inner_(std::move(inner)), context_(std::move(of_request)) {}

context_body_source::~context_body_source() {
  const std::shared_ptr<context> owner = context_;
  const context_guard guard(chain_);
  inner_.reset();
  try {
    end(nullptr);
  } catch (...) {
    owner->app.logger.exception("Tearing down after a stream failed", std::current_exception());
  }
}

bool context_body_source::take_context(const context& ending) {
  if (context_.get() != &ending) return false;
  context_->detach();
  chain_ = {context_.get(), context_.get()};
  return true;
}

bool context_body_source::next(std::string& piece) {
  const context_guard guard(chain_);
  try {
    if (inner_->next(piece)) return true;
  } catch (const forced_unwind&) {
    chain_.outermost = nullptr;
    context_->pop_with_thread();
    throw;
  } catch (...) {
    end(std::current_exception());
    throw;
  }
  end(nullptr);
  return false;
}

void context_body_source::end(const std::exception_ptr& error) {
  if (!chain_.outermost) return;
  chain_.outermost = nullptr;
  context_->pop(error);
}

}  // namespace detail

stream stream_with_context(stream from) {
  detail::context* const now = detail::current_context();
  if (!now || !now->request) {
    throw outside_of_context("aldis: stream_with_context() needs the context of a request");
  }
  return stream(
      std::make_unique<detail::context_body_source>(from.take(), now->shared_from_this()));
}

}  // namespace aldis::web
