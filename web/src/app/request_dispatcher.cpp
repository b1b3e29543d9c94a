#include "app/request_dispatcher.hpp"

#include <aldis/web/signals.hpp>

#include "app/context_body_source.hpp"
#include "app/debug_page.hpp"
#include "app/exception_text.hpp"
#include "app/reversed.hpp"
#include "http/headers_access.hpp"
#include "http/request_access.hpp"
#include "http/status.hpp"
#include "http/text.hpp"
#include <boost/system/errc.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace aldis::web {

bad_response::~bad_response() = default;

namespace detail {

namespace {

bool is_standard(const std::exception_ptr& error) { return catches<std::exception>(error); }

/// The exception, if it is an http_error.
std::optional<http_error> as_http_error(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const http_error& e) {
    return e;
  } catch (...) {
    return std::nullopt;
  }
}

bool is_cancellation(const std::exception_ptr& error) {
  try {
    if (error) std::rethrow_exception(error);
  } catch (const boost::system::system_error& e) {
    return e.code() == boost::system::errc::operation_canceled;
  } catch (const std::system_error& e) {
    return e.code() == std::errc::operation_canceled;
  } catch (...) {
  }
  return false;
}

[[noreturn]] void throw_no_response(const request& r) {
  throw bad_response("aldis: the handler of " + request_line(r) + " returned no response");
}

}  // namespace

request_dispatcher::request_dispatcher(app_state& of) : app_(of) {}

void request_dispatcher::reset() {
  // A stream that still uses the context shares it.
  if (context_ && context_.use_count() == 1) {
    context_->reset();
  } else {
    context_.reset();
  }
  error_ = nullptr;
  pending_.reset();
  cancelled_ = false;
}

void request_dispatcher::prepare(web::request& request, web::response& response) {
  app_.end_setup(setup_end::request);
  if (!context_) context_ = std::make_shared<detail::context>(app_);
  request_ = &request;
  response_ = &response;
  context_->set_request(request);
  context_->match();
}

bool request_dispatcher::is_blocking() const noexcept {
  const rule* const found = context_->rule;
  return found && (found->options().blocking || found->target->blocking);
}

bool request_dispatcher::run() {
  try {
    return run_steps();
  } catch (const forced_unwind&) {
    // There will be no response.
    context_->pop_with_thread();
    throw;
  }
}

bool request_dispatcher::run_steps() {
  std::exception_ptr thrown;
  handler_result result;
  try {
    context_->push();
    context_->start_request();
  } catch (const forced_unwind&) {
    throw;
  } catch (...) {
    // Error handlers by type are not called: the request has not started yet.
    fail(std::current_exception());
    return true;
  }
  try {
    result = dispatch();
  } catch (const forced_unwind&) {
    throw;
  } catch (...) {
    thrown = std::current_exception();
  }
  if (result.pending) {
    pending_ = std::move(result.pending);
    // On this thread, where it was pushed: the coroutine may start on another one.
    innermost_ = current_context();
    context_->detach();
    return false;
  }
  complete(thrown, result.has_response);
  return true;
}

void request_dispatcher::start_coroutine(const void* executor, std::shared_ptr<context_chain> chain,
                                         std::function<void()> done) {
  chain->outermost = context_.get();
  chain->innermost = innermost_;
  pending_->start(executor, *response_,
                  [this, chain = std::move(chain), done = std::move(done)](
                      const std::exception_ptr& error, bool has_response) {
                    complete(error, has_response);
                    chain->outermost = nullptr;
                    done();
                  });
}

void request_dispatcher::cancel() noexcept {
  cancelled_ = true;
  if (pending_) pending_->cancel();
}

handler_result request_dispatcher::dispatch() {
  request_started.send(app_.self);
  handler_result result = preprocess();
  if (result.has_response) return result;
  if (const http_error* const error = request_->routing_error()) throw http_error(*error);
  return call_handler();
}

handler_result request_dispatcher::preprocess() {
  for (const hooks* const each : context_->chain()) {
    for (const auto& f : each->url_value_preprocessors) {
      f(request_->endpoint(), request_->view_args());
    }
  }
  for (const hooks* const each : context_->chain()) {
    for (const auto& f : each->before_request) {
      handler_result result = f(*request_, *response_);
      if (result.has_response) return result;
    }
  }
  return {};
}

handler_result request_dispatcher::call_handler() {
  const rule& found = *context_->rule;
  if (found.options().automatic_options && request_->method() == "OPTIONS") {
    respond_to_options();
    return {true, nullptr};
  }
  if (!found.target->handler) {
    throw std::logic_error("aldis: the rule " + in_quotes(found.text()) + " is for the endpoint " +
                           in_quotes(found.target->name) +
                           ", which has no handler; add one by a route or endpoint()");
  }
  values_.clear();
  const path_variables& view_args = request_->view_args();
  for (std::size_t i = 0; i < found.order.size(); ++i) {
    // The value is at its usual index, unless a preprocessor has moved it.
    const std::size_t index = found.order[i];
    const std::string& name = found.target->parameters[i];
    const path_value* value = index < view_args.size() && view_args[index].name == name
                                  ? &view_args[index].value
                                  : request_->view_arg(name);
    if (!value) {
      throw std::logic_error("aldis: a url_value_preprocessor removed " + in_quotes(name) +
                             ", which the handler of " + in_quotes(found.text()) + " needs");
    }
    values_.push_back(value);
  }
  return (*found.target->handler)({*request_, app_.self, values_.data()}, *response_);
}

void request_dispatcher::respond_to_options() {
  web::request probe("--", request_->target());
  path_variables unused;
  match found = app_.matcher.find(probe.path(), probe.method(), unused);
  std::sort(found.allowed.begin(), found.allowed.end());
  std::string allow;
  for (const std::string& each : found.allowed) allow += (allow.empty() ? "" : ", ") + each;
  response_->headers().set("Allow", allow);
}

void request_dispatcher::fail(const std::exception_ptr& thrown) {
  try {
    if (!is_standard(thrown)) std::rethrow_exception(thrown);
    handle_exception(thrown);
  } catch (const forced_unwind&) {
    throw;
  } catch (...) {
    error_ = std::current_exception();
  }
  end(thrown);
}

void request_dispatcher::complete(const std::exception_ptr& thrown, bool has_response) {
  if (cancelled_ && is_cancellation(thrown)) return end(thrown);
  try {
    if (thrown) has_response = handle_user_error(thrown);
    if (!has_response) throw_no_response(*request_);
    finalize(false);
  } catch (const forced_unwind&) {
    throw;
  } catch (...) {
    return fail(std::current_exception());
  }
  end(nullptr);
}

bool request_dispatcher::handle_user_error(const std::exception_ptr& thrown) {
  if (!is_standard(thrown)) std::rethrow_exception(thrown);
  const std::optional<http_error> http = as_http_error(thrown);
  // A response that was thrown, such as a redirect, is not an error.
  const bool is_response = http && http->has_response();
  const error_handler* const handler =
      is_response ? nullptr : find_handler(thrown, http ? http->code() : 0);
  if (handler) return call_error_handler(*handler, thrown);
  if (!http || (app_.settings.trap_http_errors && !is_response)) std::rethrow_exception(thrown);
  *response_ = http->to_response();
  return true;
}

void request_dispatcher::handle_exception(const std::exception_ptr& thrown) {
  got_request_exception.send(app_.self, thrown);
  if (app_.settings.propagate) std::rethrow_exception(thrown);
  app_.logger.exception("Exception on " + request_line(*request_), thrown);
  const http_error error(500, thrown);
  const std::exception_ptr as_pointer = std::make_exception_ptr(error);
  if (const error_handler* const handler = find_handler(as_pointer, 500)) {
    if (!call_error_handler(*handler, as_pointer)) throw_no_response(*request_);
  } else {
    *response_ = error.to_response();
  }
  finalize(true);
}

const error_handler* request_dispatcher::find_handler(const std::exception_ptr& error,
                                                      int code) const {
  // By code, then by type; in each the innermost blueprint first, the app last.
  for (const int wanted : {code, 0}) {
    for (const hooks* const each : reversed(context_->chain())) {
      const error_handler* best = nullptr;
      // Of two handlers for the same type or code, the later one counts.
      for (const error_handler& one : reversed(each->error_handlers)) {
        if (one.code != wanted || (wanted == 0 && !one.catches(error))) continue;
        if (!best || (one.catches_pointer != best->catches_pointer &&
                      best->catches_pointer(one.throw_pointer))) {
          best = &one;
        }
      }
      if (best) return best;
    }
    if (code == 0) break;
  }
  return nullptr;
}

bool request_dispatcher::call_error_handler(const error_handler& handler,
                                            const std::exception_ptr& error) {
  response_->clear();
  return handler.call(error, *response_).has_response;
}

void request_dispatcher::finalize(bool after_error) {
  try {
    process_response();
    request_finished.send(app_.self, *response_);
  } catch (const std::exception&) {
    if (!after_error) throw;
    app_.logger.exception("Finalizing the response to an error failed", std::current_exception());
  }
  complete_headers();
}

void request_dispatcher::process_response() {
  // By index, because these functions may add others.
  for (std::size_t i = 0; i < context_->after_this_request.size(); ++i) {
    const auto f = context_->after_this_request[i];
    f(*response_);
  }
  for (const hooks* const each : reversed(context_->chain())) {
    for (const auto& f : reversed(each->after_request)) f(*response_);
  }
  context_->save_session(*response_);
}

void request_dispatcher::complete_headers() {
  web::headers& headers = response_->headers();
  const bool head = request_->method() == "HEAD";
  const std::optional<std::uint64_t> size = response_->body_size();
  if (has_no_body(response_->status())) {
    headers.remove("Content-Length");
    if (response_->status() != 304) headers.remove("Content-Type");
  } else if (size) {
    std::array<char, 20> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), *size).ptr;
    headers_access::set_checked(headers, "Content-Length", std::string_view(digits.data(), end));
  }
  if (head || has_no_body(response_->status())) response_->set_body(std::string_view());
}

void request_dispatcher::end(const std::exception_ptr& error) {
  if (!error_ && transfer_to_stream()) return;
  try {
    context_->pop(error);
  } catch (const forced_unwind&) {
    throw;
  } catch (...) {
    error_ = std::current_exception();
  }
  if (error_) {
    *response_ =
        app_.settings.debug ? debug_page(*request_, error_) : http_error(500).to_response();
    complete_headers();
  }
}

bool request_dispatcher::transfer_to_stream() {
  auto* const source = dynamic_cast<context_body_source*>(response_->source());
  return source && source->take_context(*context_);
}

}  // namespace detail

}  // namespace aldis::web
