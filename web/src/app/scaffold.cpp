#include <aldis/web/scaffold.hpp>

#include <stdexcept>

namespace aldis::web {

namespace detail {

async_result::~async_result() = default;
any_handler::~any_handler() = default;

void throw_out_of_range() { throw http_error(404); }

void hooks::append(const hooks& more) {
  const auto add = [](auto& to, const auto& from) {
    to.insert(to.end(), from.begin(), from.end());
  };
  add(url_value_preprocessors, more.url_value_preprocessors);
  add(url_defaults, more.url_defaults);
  add(before_request, more.before_request);
  add(after_request, more.after_request);
  add(teardown_request, more.teardown_request);
  add(error_handlers, more.error_handlers);
  add(context_processors, more.context_processors);
}

}  // namespace detail

scaffold::~scaffold() = default;

void scaffold::add_url_rule(std::string_view rule, route_options options) {
  if (options.endpoint.empty()) {
    throw bad_route("aldis: add_url_rule needs the endpoint that the rule is for");
  }
  add_route(rule, std::move(options), nullptr);
}

void scaffold::check_code(int code) {
  if (code < 400 || code > 599) {
    throw std::invalid_argument("aldis: error handlers are for codes from 400 to 599, not " +
                                std::to_string(code));
  }
}

}  // namespace aldis::web
