#pragma once

// What Python does with values.

#include <aldis/templates/render_context.hpp>
#include <aldis/templates/value.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace aldis::templates::detail {

/// `int`, `str`, `Markup`, `dict`, ... as `type(x).__name__`.
std::string_view type_name(const value& of) noexcept;
/// `None`, `dict object`, ... as Jinja's messages call it.
std::string description(const value& of);

/// Fails with the message of an undefined value: UndefinedError.
[[noreturn]] void fail_undefined(const value& undefined);
/// Fails for a whole number that is not one of 64 bits.
[[noreturn]] void fail_overflow();

/// bool(x). Fails for a strict undefined value.
bool truth(const value& of);
/// a == b. Never fails but for strict undefined values, and for values nested too deep.
bool equal(const value& a, const value& b);
/// a is b or a == b: how containers compare what they hold.
bool same_or_equal(const value& a, const value& b);
/// a < b, ==, >: a negative number, 0, a positive one. `symbol` is for the message:
/// `'<' not supported between instances of 'int' and 'str'`. Nothing for a NaN.
std::optional<int> order(const value& a, const value& b, std::string_view symbol);
inline bool less(const value& a, const value& b) { return order(a, b, "<").value_or(1) < 0; }
/// hash(x); fails for lists and dicts: `unhashable type: 'list'`.
std::size_t hash(const value& of);
std::size_t hash(std::string_view text) noexcept;
/// a in b.
bool contains(const value& container, const value& what, render_context& context);
/// len(x); `object of type 'int' has no len()`.
std::size_t length(const value& of);
/// Fails as Python does for a range that is longer than a signed number can tell.
void check_length(std::size_t length);
/// As length, nothing for what has none. Not checked.
std::optional<std::size_t> length_if_any(const value& of);
bool is_callable(const value& of) noexcept;
/// Would `iter(x)` succeed? Going through it may still fail.
bool is_iterable(const value& of);
/// `'str' object cannot be interpreted as an integer` if it is not one.
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
/// of[begin:end:step]; none where nothing is given.
value slice(const value& of, const value& begin, const value& end, const value& step,
            render_context& context);

/// str(x), appended. `context` limits how much is written.
void append_text(std::string& out, const value& of, render_context& context);
/// repr(x), appended.
void append_repr(std::string& out, const value& of, render_context& context);
std::string text_of(const value& of, render_context& context);
/// Jinja's soft_str: text stays what it is, safe or not; all else becomes text.
value soft_text(const value& of, render_context& context);

/// `&amp;` and the like, of one of & < > ' ".
std::string_view escape_of(char special) noexcept;
/// Text with & < > ' " escaped, appended.
void append_escaped(std::string& out, std::string_view text);
/// How long that is.
std::size_t escaped_size(std::string_view text) noexcept;
/// markupsafe.escape(x): safe text stays, all else is escaped.
value escape(const value& of, render_context& context);
/// str(x) as it is printed: escaped unless it is safe.
void append_escaped_text(std::string& out, const value& of, render_context& context);

/// Fails for lists and dicts that were not made in a render: templates must not change them.
void allow_change(const value& container);
/// As allow_change, for a container that is about to hold `added`. It may come to hold itself,
/// which counted references would never let go of: the end of the render does.
void allow_change(const value& container, const value& added, render_context& context);

/// Markup(x): str(x), and nobody escapes it.
value marked_safe(const value& of, render_context& context);

/// A method of text, a list, a dict, ..., bound to `self`; nothing if it has none of that name.
std::optional<value> method(const value& self, std::string_view name);
/// text % right.
value format_percent(const value& format, const value& right, render_context& context);

/// Counts steps of the render that this thread is in, if it is in one: for what walks through
/// values and knows of no render.
void count_work(std::uint64_t steps);
/// The same for what is done with each character of text.
inline void count_text(std::size_t size) {
  constexpr std::size_t characters = 16;  // in the time of a step
  if (size >= characters) count_work(size / characters);
}
/// The same for what goes through text as fast as the memory gives it.
inline void count_bytes(std::size_t size) {
  constexpr std::size_t bytes = 1024;
  if (size >= bytes) count_work(size / bytes);
}
inline void count_text_of(const value& what) {
  if (what.is_text()) count_text(what.as_text().size());
}
/// The same for going through items without doing much with them.
inline void count_items(std::size_t count) {
  constexpr std::size_t items = 16;
  if (count >= items) count_work(count / items);
}

/// Says where a function may be nested in itself: values in values. Fails as Python:
/// `maximum recursion depth exceeded`. Counts the items too: values that hold each other twice hold
/// more than anybody could walk through.
class nesting_guard {
 public:
  explicit nesting_guard(std::size_t items = 1);
  nesting_guard(const nesting_guard&) = delete;
  nesting_guard& operator=(const nesting_guard&) = delete;
  ~nesting_guard();
};

}  // namespace aldis::templates::detail
