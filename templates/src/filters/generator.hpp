#pragma once

#include <aldis/templates/object.hpp>
#include <aldis/templates/render_context.hpp>

#include <functional>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

namespace aldis::templates::detail {

/// What gives its items one by one, once, and works each out when it is asked for: a Python
/// generator, or iterator.
class generator final : public object {
 public:
  /// False at the end.
  using step = std::function<bool(value& item, render_context& context)>;

  /// The names are literals: Python's type, and the function that made a generator. `held` is what
  /// its steps refer to.
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

/// The items of a value, for a generator: the loop begins with its first step.
class lazy_items {
 public:
  explicit lazy_items(value over) : over_(std::move(over)) {}

  bool next(value& item, render_context& context) {
    if (!loop_) loop_ = std::make_shared<iteration>(std::move(over_), context);
    return loop_->next(item);
  }

 private:
  value over_;
  std::shared_ptr<iteration> loop_;  // shared, as a std::function is copied
};

/// The generator that the function of this name makes of its arguments.
value make_generator(std::string_view function, const arguments& given, generator::step next);
/// An iterator of Python's over items, as list_reverseiterator.
value make_iterator(std::string_view type_name, list items);

}  // namespace aldis::templates::detail
