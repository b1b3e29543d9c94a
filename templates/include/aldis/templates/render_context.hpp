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

/// The running render, as functions, filters and tests see it.
///
/// Threads: only the thread that renders.
/// Lifetime: ends with the render; do not keep it.
class ALDIS_TEMPLATES_API render_context {
 public:
  render_context(const render_context&) = delete;
  render_context& operator=(const render_context&) = delete;

  const environment& env() const noexcept { return *environment_; }
  /// Whether text is escaped at the place of the call.
  bool autoescape() const noexcept { return autoescape_; }

  /// A variable of the template.
  virtual std::optional<value> resolve(std::string_view name) const = 0;

  /// Calls a callable, or fails as Python does: `'int' object is not callable`.
  value call(const value& callable, std::span<const value> positional,
             std::span<const keyword_argument> keywords = {});
  /// The first positional argument is the value to filter. An unknown filter fails:
  /// `No filter named 'x'.`
  value apply_filter(std::string_view name, std::span<const value> positional,
                     std::span<const keyword_argument> keywords = {});
  bool apply_test(std::string_view name, std::span<const value> positional,
                  std::span<const keyword_argument> keywords = {});

  /// `owner.name` in a template: the attribute, else the item, else undefined.
  value attribute(const value& owner, std::string_view name);
  /// `owner[key]` in a template: the item, else the attribute, else undefined.
  value item(const value& owner, const value& key);

  /// An undefined value that follows the environment's policy: `'name' is undefined`.
  value undefined(std::string_view name) const;
  /// `hint` is the whole message.
  value undefined_because(std::string hint) const;
  /// `'dict object' has no attribute 'name'`.
  value undefined_in(const value& owner, const value& name);

  /// Registers a changed container: at the end of the render, it is emptied if it contains itself.
  virtual void remember(const value& container) = 0;

  /// Fails when the limit is exceeded. Loops must count their steps.
  void count_steps(std::uint64_t steps = 1) {
    steps_left_ -= static_cast<std::int64_t>(steps);
    if (steps_left_ < 0 || static_cast<std::int64_t>(steps) < 0) [[unlikely]]
      too_many_steps();
  }
  /// Fails when the limit is exceeded. Call it before making text or containers whose size a
  /// template determines.
  void count_memory(std::uint64_t bytes) {
    memory_left_ -= static_cast<std::int64_t>(bytes);
    if (memory_left_ < 0 || static_cast<std::int64_t>(bytes) < 0) [[unlikely]]
      too_much_memory();
  }
  /// Takes back what count_memory() counted.
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

/// Iterates over a value as `for` does: the items of a list or tuple, the characters of text, the
/// keys of a dict, the items of an object. Counts its steps. Other values fail as in Python:
/// `'int' object is not iterable`.
///
/// Lifetime: keeps the value alive.
class ALDIS_TEMPLATES_API iteration {
 public:
  iteration(value over, render_context& context);
  ~iteration();
  iteration(const iteration&) = delete;
  iteration& operator=(const iteration&) = delete;

  /// False at the end.
  bool next(value& item);
  /// The number of remaining items, if it is known.
  std::optional<std::size_t> size_hint() const;

 private:
  value over_;
  render_context& context_;
  std::size_t position_ = 0;
  std::size_t size_ = 0;  // of a dict, when the iteration started
  std::unique_ptr<cursor> cursor_;
};

}  // namespace aldis::templates
