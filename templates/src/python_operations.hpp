#pragma once

// Python's operations on values.

#include <aldis/templates/render_context.hpp>
#include <aldis/templates/value.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aldis::templates::detail {

/// `type(x).__name__`: `int`, `str`, `Markup`, `dict`, ...
std::string_view type_name(const value& of) noexcept;
/// The value in Jinja's messages: `None`, `dict object`, ...
std::string description(const value& of);

/// Throws UndefinedError with the message of the undefined value.
[[noreturn]] void fail_undefined(const value& undefined);
/// Fails for an integer that does not fit into 64 bits.
[[noreturn]] void fail_overflow();

/// bool(x). Fails for a strict undefined value.
bool truth(const value& of);
/// a == b. Fails only for strict undefined values and for values nested too deep.
bool equal(const value& a, const value& b);
/// a is b or a == b: how containers compare items.
bool same_or_equal(const value& a, const value& b);
/// Three-way comparison: negative, 0 or positive; nothing for NaN. `symbol` is for the message:
/// `'<' not supported between instances of 'int' and 'str'`.
std::optional<int> compare(const value& a, const value& b, std::string_view symbol);
inline bool less(const value& a, const value& b) { return compare(a, b, "<").value_or(1) < 0; }
/// hash(x); fails for lists and dicts: `unhashable type: 'list'`.
std::size_t hash(const value& of);
std::size_t hash(std::string_view text) noexcept;
/// a in b.
bool contains(const value& container, const value& what, render_context& context);
/// len(x); `object of type 'int' has no len()`.
std::size_t length(const value& of);
/// Fails as Python does for a range whose length does not fit into 64 bits with a sign.
void check_length(std::size_t length);
/// Like length(), but returns nothing for a value without one, and does not check the range.
std::optional<std::size_t> length_if_any(const value& of);
bool is_callable(const value& of) noexcept;
/// Whether `iter(x)` succeeds. The iteration may still fail.
bool is_iterable(const value& of);
/// Fails with `'str' object cannot be interpreted as an integer` for other values.
std::int64_t integer_of(const value& number);
/// list(x).
list items_of(const value& of, render_context& context);

value add(const value& a, const value& b, render_context& context);
value subtract(const value& a, const value& b, render_context& context);
value multiply(const value& a, const value& b, render_context& context);
value divide(const value& a, const value& b, render_context& context);
value floor_divide(const value& a, const value& b, render_context& context);
value modulo(const value& a, const value& b, render_context& context);
value power(const value& a, const value& b, render_context& context);
value negative(const value& of);
value positive(const value& of);
/// of[begin:end:step]; none for an omitted part.
value slice(const value& of, const value& begin, const value& end, const value& step,
            render_context& context);

/// Appends str(x). `context` counts the output.
void append_text(std::string& out, const value& of, render_context& context);
/// Appends repr(x).
void append_repr(std::string& out, const value& of, render_context& context);
std::string text_of(const value& of, render_context& context);
/// markupsafe.soft_str(x): text and markup are unchanged, other values become text.
value soft_text(const value& of, render_context& context);

/// The escape of one of & < > ' ", such as `&amp;`.
std::string_view escape_of(char special) noexcept;
/// Appends text with & < > ' " escaped.
void append_escaped(std::string& out, std::string_view text);
/// The size of the escaped text.
std::size_t escaped_size(std::string_view text) noexcept;
/// markupsafe.escape(x): markup is unchanged, everything else is escaped.
value escape(const value& of, render_context& context);
/// str(x) as printed: escaped unless it is markup.
void append_escaped_text(std::string& out, const value& of, render_context& context);

/// Fails for lists and dicts made outside a render: templates must not change them.
void allow_change(const value& container);
/// Like allow_change, for a container to which `added` will be added. It may come to contain
/// itself; reference counts would never free it, so the end of the render does.
void allow_change(const value& container, const value& added, render_context& context);

/// Markup(x): str(x), not escaped.
value marked_safe(const value& of, render_context& context);

/// A method of text, a list, a dict, ..., bound to `self`; nothing if there is none of this name.
std::optional<value> method(const value& self, std::string_view name);
/// text % right.
value format_percent(const value& format, const value& right, render_context& context);

/// Counts steps of this thread's current render, if there is one: for code that traverses values
/// without access to a render.
void count_work(std::uint64_t steps);
/// Counts work on each character of a text.
inline void count_text(std::size_t size) {
  constexpr std::size_t characters = 16;  // per step
  if (size >= characters) count_work(size / characters);
}
/// Counts work that reads text at the speed of memory.
inline void count_bytes(std::size_t size) {
  constexpr std::size_t bytes = 1024;
  if (size >= bytes) count_work(size / bytes);
}
inline void count_text_of(const value& what) {
  if (what.is_text()) count_text(what.as_text().size());
}
/// Counts items that are traversed with little work for each.
inline void count_items(std::size_t count) {
  constexpr std::size_t items = 16;
  if (count >= items) count_work(count / items);
}

/// Guards a recursive function on nested values. Fails like Python: `maximum recursion depth
/// exceeded`. Counts the items as steps: lists that contain each other twice expand to
/// exponentially many items.
class nesting_guard {
 public:
  explicit nesting_guard(std::size_t items = 1);
  nesting_guard(const nesting_guard&) = delete;
  nesting_guard& operator=(const nesting_guard&) = delete;
  ~nesting_guard();
};

}  // namespace aldis::templates::detail
