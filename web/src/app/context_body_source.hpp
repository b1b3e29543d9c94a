#pragma once

#include <aldis/web/body.hpp>

#include "app/context.hpp"

#include <exception>
#include <memory>
#include <string>

namespace aldis::web::detail {

/// A stream that makes the context of its request current while it runs. The context is torn down
/// once, when the stream ends.
class context_body_source final : public body_source {
 public:
  context_body_source(std::unique_ptr<body_source> inner, std::shared_ptr<context> of_request);
  ~context_body_source() override;

  bool next(std::string& piece) override;

  /// Takes responsibility for tearing the context down, if it is the stream's own.
  bool take_context(const context& ending);

 private:
  void end(const std::exception_ptr& error);

  std::unique_ptr<body_source> inner_;
  std::shared_ptr<context> context_;
  context_chain chain_;
};

}  // namespace aldis::web::detail
