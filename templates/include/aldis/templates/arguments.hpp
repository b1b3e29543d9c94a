#pragma once

#include <aldis/templates/convert.hpp>
#include <aldis/templates/value.hpp>

#include <span>
#include <string_view>

namespace aldis::templates {

struct keyword_argument {
  std::string_view name;
  value argument;
};

/// The arguments of a call of a function, filter or test. The first positional argument of a
/// filter or test is the value it is applied to.
class arguments {
 public:
  arguments(render_context& context, std::span<const value> positional,
            std::span<const keyword_argument> keywords = {}) noexcept
      : context_(&context), positional_(positional), keywords_(keywords) {}

  std::span<const value> positional() const noexcept { return positional_; }
  std::span<const keyword_argument> keywords() const noexcept { return keywords_; }
  render_context& context() const noexcept { return *context_; }

 private:
  render_context* context_;
  std::span<const value> positional_;
  std::span<const keyword_argument> keywords_;
};

/// A function, filter or test that reads its arguments itself.
using native_function = value (*)(const arguments&);

}  // namespace aldis::templates
