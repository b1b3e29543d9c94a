#pragma once

#include <aldis/web/body.hpp>

#include "app/context.hpp"

#include <exception>
#include <memory>
#include <string>

namespace aldis::web::detail {

/// A stream during which the context of its request is current. The context is torn down once,
/// when the stream ends.
class context_source final : public body_source {
 public:
  context_source(std::unique_ptr<body_source> inner, std::shared_ptr<context> kept);
  ~context_source() override;

  bool next(std::string& piece) override;

  /// From now on the stream tears the context down, if it is this one.
  bool take_over(const context& ending);

 private:
  void end(const std::exception_ptr& error);

  std::unique_ptr<body_source> inner_;
  std::shared_ptr<context> context_;
  execution contexts_;
};

}  // namespace aldis::web::detail
