#pragma once

#include <aldis/templates/object.hpp>
#include <aldis/templates/render_context.hpp>

#include <functional>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace aldis::templates::detail {

/// A Python generator or iterator: computes each item on demand, once.
class generator final : public object {
 public:
  /// False at the end.
  using step = std::function<bool(value& item, render_context& context)>;

  /// The names are string literals: Python's type, and the function that returned the generator.
  /// `held` are the values that the steps refer to.
  generator(std::string_view type_name, std::string_view function, list held, step next)
      : type_name_(type_name),
        function_(function),
        held_(std::move(held)),
        next_(std::move(next)) {}

  std::string_view type_name() const noexcept override { return type_name_; }
  bool is_iterable() const override { return true; }
  std::unique_ptr<cursor> iterate() const override;
  void append_repr(std::string& out, render_context& context) const override;

  void traverse(std::vector<const value*>& into) const override {
    for (const value& each : held_) into.push_back(&each);
  }

  bool next(value& item, render_context& context);

 private:
  std::string_view type_name_;
  std::string_view function_;
  list held_;
  step next_;
  bool running_ = false;
};

/// Iterates over a value from within a generator; starts at the generator's first step.
class lazy_items {
 public:
  explicit lazy_items(value over) : over_(std::move(over)) {}

  bool next(value& item, render_context& context) {
    if (!loop_) loop_ = std::make_shared<iteration>(std::move(over_), context);
    return loop_->next(item);
  }

 private:
  value over_;
  std::shared_ptr<iteration> loop_;  // shared, because std::function copies its callable
};

/// Makes the generator that a Python generator function of this name would return.
value make_generator(std::string_view function, const arguments& args, generator::step next);
/// Makes one of Python's iterators over a list of items, such as list_reverseiterator.
value make_iterator(std::string_view type_name, list items);

}  // namespace aldis::templates::detail
