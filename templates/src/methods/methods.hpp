#pragma once

// The methods of Python's types that templates may call.

#include <aldis/templates/arguments.hpp>
#include <aldis/templates/error.hpp>
#include <aldis/templates/render_context.hpp>

#include "bound_function.hpp"
#include "python_operations.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>

namespace aldis::templates::detail {

struct method_entry {
  std::string_view name;
  method_function function;
};

// Sorted by name.
std::span<const method_entry> text_methods();
std::span<const method_entry> markup_methods();  // only those that text does not have
std::span<const method_entry> list_methods();
std::span<const method_entry> tuple_methods();
std::span<const method_entry> dict_methods();
std::span<const method_entry> integer_methods();
std::span<const method_entry> float_methods();

/// Calls a method, which must exist, as a template would.
value call_method(const value& self, std::string_view name, std::initializer_list<value> args,
                  render_context& context);

/// The arguments of a method call.
class method_call {
 public:
  method_call(const value& called, const arguments& args) noexcept
      : self(called),
        context(args.context()),
        given_(args.positional()),
        keywords_(args.keywords()) {}

  const value& self;
  render_context& context;

  std::size_t size() const noexcept { return given_.size(); }
  const value& operator[](std::size_t index) const noexcept { return given_[index]; }
  /// Null if there are fewer arguments.
  const value* find(std::size_t index) const noexcept {
    return index < given_.size() ? &given_[index] : nullptr;
  }

  // Check the number of arguments, each with a different message of Python's. None of these accepts
  // keywords. `type` is the type's name, as in `str.upper`.

  void take_none(std::string_view type, std::string_view name) const;
  void take_one(std::string_view type, std::string_view name) const;
  void take(std::string_view type, std::string_view name, std::size_t least,
            std::size_t most) const;
  void take_in_brackets(std::string_view type, std::string_view name, std::size_t least,
                        std::size_t most) const;

  /// Arguments that may also be passed by name; null for missing ones.
  template <std::size_t N>
  std::array<const value*, N> named(std::string_view name,
                                    const std::string_view (&parameters)[N]) const {
    const value* bound[N]{};
    find_named(name, parameters, bound);
    return std::to_array(bound);
  }

 private:
  void take_no_keywords(std::string_view type, std::string_view name) const;
  void find_named(std::string_view name, std::span<const std::string_view> parameters,
                  const value** bound) const;

  std::span<const value> given_;
  std::span<const keyword_argument> keywords_;
};

}  // namespace aldis::templates::detail
