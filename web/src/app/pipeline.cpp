#include "app/pipeline.hpp"

#include <aldis/web/signals.hpp>

#include "app/context_source.hpp"
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

pipeline::pipeline(app_state& of) : app_(of) {}

void pipeline::reset() {
  // A stream that still needs it keeps it.
  if (context_ && context_.use_count() == 1) {
    context_->reset();
  } else {
    context_.reset();
  }
  error_ = nullptr;
  pending_.reset();
  cancelled_ = false;
}

void pipeline::prepare(web::request& request, web::response& response) {
  app_.begin(begun_by::request);
  if (!context_) context_ = std::make_shared<detail::context>(app_);
  request_ = &request;
  response_ = &response;
  context_->set_request(request);
  context_->match();
}

bool pipeline::is_blocking() const noexcept {
  const rule* const found = context_->rule;
  return found && (found->options().blocking || found->target->blocking);
}

bool pipeline::run() {
  try {
    return run_on_thread();
  } catch (const forced_unwind&) {
    // There will be no answer.
    context_->pop_with_thread();
    throw;
  }
}

bool pipeline::run_on_thread() {
  std::exception_ptr thrown;
  handler_result result;
  try {
    context_->push();
    context_->open();
  } catch (const forced_unwind&) {
    throw;
  } catch (...) {
    // No handler is asked: the request has hardly begun.
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
    // Here, on the thread on which it was pushed: the coroutine may begin on another.
    innermost_ = current_context();
    context_->leave();
    return false;
  }
  conclude(thrown, result.has_response);
  return true;
}

void pipeline::start_coroutine(const void* executor, std::shared_ptr<execution> contexts,
                               std::function<void()> done) {
  contexts->outermost = context_.get();
  contexts->innermost = innermost_;
  pending_->start(executor, *response_,
                  [this, contexts = std::move(contexts), done = std::move(done)](
                      const std::exception_ptr& error, bool has_response) {
                    conclude(error, has_response);
                    contexts->outermost = nullptr;
                    done();
                  });
}

void pipeline::cancel() noexcept {
  cancelled_ = true;
  if (pending_) pending_->cancel();
}

handler_result pipeline::dispatch() {
  request_started.send(app_.self);
  handler_result result = preprocess();
  if (result.has_response) return result;
  if (const http_error* const error = request_->routing_error()) throw http_error(*error);
  return call_handler();
}

handler_result pipeline::preprocess() {
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

handler_result pipeline::call_handler() {
  const rule& found = *context_->rule;
  if (found.options().automatic_options && request_->method() == "OPTIONS") {
    respond_to_options();
    return {true, nullptr};
  }
  if (!found.target->handler) {
    throw std::logic_error("aldis: the rule " + in_quotes(found.text()) + " is for the endpoint " +
                           in_quotes(found.target->name) +
                           ", which has no handler; a route or endpoint() gives it one");
  }
  values_.clear();
  const path_variables& given_values = request_->view_args();
  for (std::size_t i = 0; i < found.order.size(); ++i) {
    // Where it was, unless a preprocessor has moved it.
    const std::size_t place = found.order[i];
    const std::string& name = found.target->parameters[i];
    const path_value* value = place < given_values.size() && given_values[place].name == name
                                  ? &given_values[place].value
                                  : request_->view_arg(name);
    if (!value) {
      throw std::logic_error("aldis: a url_value_preprocessor took away " + in_quotes(name) +
                             ", which the handler of " + in_quotes(found.text()) + " needs");
    }
    values_.push_back(value);
  }
  return (*found.target->handler)({*request_, app_.self, values_.data()}, *response_);
}

void pipeline::respond_to_options() {
  web::request probe("--", request_->target());
  path_variables unused;
  match found = app_.matcher.find(probe.path(), probe.method(), unused);
  std::sort(found.allowed.begin(), found.allowed.end());
  std::string allow;
  for (const std::string& each : found.allowed) allow += (allow.empty() ? "" : ", ") + each;
  response_->headers().set("Allow", allow);
}

void pipeline::fail(const std::exception_ptr& thrown) {
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

void pipeline::conclude(const std::exception_ptr& thrown, bool has_response) {
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

bool pipeline::handle_user_error(const std::exception_ptr& thrown) {
  if (!is_standard(thrown)) std::rethrow_exception(thrown);
  const std::optional<http_error> http = as_http_error(thrown);
  // A response that was thrown, as a redirect is, is nobody's error.
  const bool is_response = http && http->has_response();
  const error_handler* const handler =
      is_response ? nullptr : find_handler(thrown, http ? http->code() : 0);
  if (handler) return call_error_handler(*handler, thrown);
  if (!http || (app_.settings.trap_http_errors && !is_response)) std::rethrow_exception(thrown);
  *response_ = http->to_response();
  return true;
}

void pipeline::handle_exception(const std::exception_ptr& thrown) {
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

const error_handler* pipeline::find_handler(const std::exception_ptr& error, int code) const {
  // By code, then by type; in each the innermost blueprint first, the app last.
  for (const int wanted : {code, 0}) {
    for (const hooks* const each : reversed(context_->chain())) {
      const error_handler* best = nullptr;
      // A later one replaces an earlier one for the same.
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

bool pipeline::call_error_handler(const error_handler& handler, const std::exception_ptr& error) {
  response_->clear();
  return handler.call(error, *response_).has_response;
}

void pipeline::finalize(bool after_error) {
  try {
    process_response();
    request_finished.send(app_.self, *response_);
  } catch (const std::exception&) {
    if (!after_error) throw;
    app_.logger.exception("Finalizing the answer to an error failed", std::current_exception());
  }
  complete_headers();
}

void pipeline::process_response() {
  // By number: they may add more.
  for (std::size_t i = 0; i < context_->after_this_request.size(); ++i) {
    const auto f = context_->after_this_request[i];
    f(*response_);
  }
  for (const hooks* const each : reversed(context_->chain())) {
    for (const auto& f : reversed(each->after_request)) f(*response_);
  }
  context_->save_session(*response_);
}

void pipeline::complete_headers() {
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

void pipeline::end(const std::exception_ptr& error) {
  if (!error_ && hand_over_to_stream()) return;
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

bool pipeline::hand_over_to_stream() {
  auto* const source = dynamic_cast<context_source*>(response_->source());
  return source && source->take_over(*context_);
}

}  // namespace detail

}  // namespace aldis::web
