#pragma once

#include <aldis/templates/arguments.hpp>
#include <aldis/templates/object.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace aldis::templates {

/// A render that is going on, as functions, filters and tests see it.
///
/// Threads: that of the render only.
/// Lifetime: ends with the render; do not keep it.
class ALDIS_TEMPLATES_API render_context {
 public:
  render_context(const render_context&) = delete;
  render_context& operator=(const render_context&) = delete;

  const environment& env() const noexcept { return *environment_; }
  /// Is text escaped where this is called?
  bool autoescape() const noexcept { return autoescape_; }

  /// A variable of the template that is being rendered.
  virtual std::optional<value> resolve(std::string_view name) const = 0;

  /// Calls what can be called, or fails as Python: `'int' object is not callable`.
  value call(const value& callable, std::span<const value> positional,
             std::span<const keyword_argument> keywords = {});
  /// `first` is the value that is filtered. An unknown filter fails: `No filter named 'x'.`
  value apply_filter(std::string_view name, std::span<const value> positional,
                     std::span<const keyword_argument> keywords = {});
  bool apply_test(std::string_view name, std::span<const value> positional,
                  std::span<const keyword_argument> keywords = {});

  /// `owner.name` and `owner[key]` as templates mean them: attribute, then item, or the other way
  /// round; undefined if there is neither.
  value attribute(const value& owner, std::string_view name);
  value item(const value& owner, const value& key);

  /// An undefined value of the environment's behaviour: `'name' is undefined`.
  value undefined(std::string_view name) const;
  /// `hint` is the whole message.
  value undefined_because(std::string hint) const;
  /// `'dict object' has no attribute 'name'`.
  value undefined_in(const value& owner, const value& name);

  /// The container is looked at when the render ends: if it holds itself, it is emptied.
  virtual void remember(const value& container) = 0;

  /// Fails beyond the limits. Whoever loops says so; whoever makes text or containers whose size
  /// comes from a template says so before.
  void count_steps(std::uint64_t steps = 1) {
    steps_left_ -= static_cast<std::int64_t>(steps);
    if (steps_left_ < 0 || static_cast<std::int64_t>(steps) < 0) [[unlikely]]
      too_many_steps();
  }
  void count_memory(std::uint64_t bytes) {
    memory_left_ -= static_cast<std::int64_t>(bytes);
    if (memory_left_ < 0 || static_cast<std::int64_t>(bytes) < 0) [[unlikely]]
      too_much_memory();
  }
  /// What was counted is free again.
  void release_memory(std::uint64_t bytes) noexcept {
    memory_left_ += static_cast<std::int64_t>(bytes);
  }

 protected:
  render_context(const environment& env);
  ~render_context() = default;

  const environment* environment_;
  std::int64_t steps_left_;
  std::int64_t memory_left_;
  bool autoescape_ = false;

 private:
  [[noreturn]] void too_many_steps() const;
  [[noreturn]] void too_much_memory() const;
};

/// Goes through the items of a value as `for` does: list, tuple, characters of text, keys of a
/// dict, what an object gives. Counts its steps. What cannot be iterated fails as in Python:
/// `'int' object is not iterable`.
///
/// Lifetime: keeps the value.
class ALDIS_TEMPLATES_API iteration {
 public:
  iteration(value over, render_context& context);
  ~iteration();
  iteration(const iteration&) = delete;
  iteration& operator=(const iteration&) = delete;

  /// False at the end.
  bool next(value& item);
  /// How many are to come, if that is known before.
  std::optional<std::size_t> size_hint() const;

 private:
  value over_;
  render_context& context_;
  std::size_t position_ = 0;
  std::size_t size_ = 0;  // of a dict when the iteration began
  std::unique_ptr<cursor> cursor_;
};

}  // namespace aldis::templates
