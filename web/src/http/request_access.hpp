#pragma once

#include <aldis/web/request.hpp>

#include <memory>
#include <string_view>
#include <utility>

namespace aldis::web::detail {

/// Writes the result of routing to a request.
struct request_access {
  static void set_rule(request& r, std::string_view endpoint, std::string_view blueprint,
                       std::string_view rule) {
    r.endpoint_.assign(endpoint);
    r.blueprint_.assign(blueprint);
    r.rule_.assign(rule);
  }
  static void clear_rule(request& r) noexcept {
    r.endpoint_.clear();
    r.blueprint_.clear();
    r.rule_.clear();
    r.view_args_.clear();
    r.routing_error_.reset();
  }
  static void set_routing_error(request& r, std::shared_ptr<const http_error> error) {
    r.routing_error_ = std::move(error);
  }
};

}  // namespace aldis::web::detail
