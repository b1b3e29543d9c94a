#include "app/context_source.hpp"

#include <utility>

namespace aldis::web {

namespace detail {

context_source::context_source(std::unique_ptr<body_source> inner, std::shared_ptr<context> kept)
    : inner_(std::move(inner)), context_(std::move(kept)) {}

context_source::~context_source() {
  const std::shared_ptr<context> kept = context_;
  const entered now(contexts_);
  inner_.reset();
  try {
    end(nullptr);
  } catch (...) {
    kept->app.logger.exception("Tearing down after a stream failed", std::current_exception());
  }
}

bool context_source::take_over(const context& ending) {
  if (context_.get() != &ending) return false;
  context_->leave();
  contexts_ = {context_.get(), context_.get()};
  return true;
}

bool context_source::next(std::string& piece) {
  const entered now(contexts_);
  try {
    if (inner_->next(piece)) return true;
  } catch (const forced_unwind&) {
    contexts_.outermost = nullptr;
    context_->pop_with_thread();
    throw;
  } catch (...) {
    end(std::current_exception());
    throw;
  }
  end(nullptr);
  return false;
}

void context_source::end(const std::exception_ptr& error) {
  if (!contexts_.outermost) return;
  contexts_.outermost = nullptr;
  context_->pop(error);
}

}  // namespace detail

stream stream_with_context(stream from) {
  detail::context* const now = detail::current_context();
  if (!now || !now->request) {
    throw outside_of_context("aldis: stream_with_context() needs the context of a request");
  }
  return stream(std::make_unique<detail::context_source>(from.take(), now->shared_from_this()));
}

}  // namespace aldis::web
