#pragma once

#include <aldis/export.hpp>
#include <aldis/web/path_values.hpp>
#include <aldis/web/request.hpp>
#include <aldis/web/response_conversion.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <typeinfo>
#include <utility>

namespace aldis::web::detail {

/// What a handler takes as one of its parameters: the request or the app, or a value of the path.
enum class parameter : unsigned char { injected, integer, floating, text, uuid, any };

/// The arguments for a handler; the values of the path are in the order of its parameters.
struct call {
  web::request& request;
  web::app& app;
  const path_value* const* values;
};

template <class P>
struct argument;

template <class P>
requires(std::same_as<std::remove_cv_t<std::remove_reference_t<P>>, request>&&
             std::is_lvalue_reference_v<P>) struct argument<P> {
  static constexpr parameter kind = parameter::injected;
  static P from(const call& c, std::size_t) { return c.request; }
};

template <>
struct argument<app&> {
  static constexpr parameter kind = parameter::injected;
  static app& from(const call& c, std::size_t) { return c.app; }
};

template <class P>
using plain = std::remove_cvref_t<P>;

/// By value or as const T&, since the value belongs to the request.
template <class P>
concept readable = !std::is_reference_v<P> || std::is_const_v<std::remove_reference_t<P>>;

template <class P>
concept integer_parameter =
    readable<P> && std::integral<plain<P>> && !std::same_as<plain<P>, bool> &&
    sizeof(plain<P>) <= sizeof(std::int64_t) && !std::same_as<plain<P>, char>;

[[noreturn]] ALDIS_API void throw_out_of_range();

template <integer_parameter P>
struct argument<P> {
  static constexpr parameter kind = parameter::integer;
  static plain<P> from(const call& c, std::size_t at) {
    const std::int64_t number = std::get<std::int64_t>(*c.values[at]);
    if (!std::in_range<plain<P>>(number)) throw_out_of_range();
    return static_cast<plain<P>>(number);
  }
};

template <class P>
requires(readable<P>&& std::floating_point<plain<P>>) struct argument<P> {
  static constexpr parameter kind = parameter::floating;
  static plain<P> from(const call& c, std::size_t at) {
    return static_cast<plain<P>>(std::get<double>(*c.values[at]));
  }
};

template <class P>
requires(readable<P> && (std::same_as<plain<P>, std::string> ||
                         std::same_as<plain<P>, std::string_view>)) struct argument<P> {
  static constexpr parameter kind = parameter::text;
  static const std::string& from(const call& c, std::size_t at) {
    return std::get<std::string>(*c.values[at]);
  }
};

template <class P>
requires(readable<P>&& std::same_as<plain<P>, uuid>) struct argument<P> {
  static constexpr parameter kind = parameter::uuid;
  static const uuid& from(const call& c, std::size_t at) { return std::get<uuid>(*c.values[at]); }
};

template <class P>
requires(readable<P>&& std::same_as<plain<P>, path_value>) struct argument<P> {
  static constexpr parameter kind = parameter::any;
  static const path_value& from(const call& c, std::size_t at) { return *c.values[at]; }
};

template <class P>
concept known_parameter = requires {
  argument<P>::kind;
};

/// Whether a parameter refers to a temporary of the call, as const int& does, not to a value of the
/// request. A coroutine would read it after its end.
template <class P>
constexpr bool refers_to_temporary = false;
template <known_parameter P>
requires std::is_reference_v<P>
constexpr bool refers_to_temporary<P> =
    !std::same_as<P, decltype(argument<P>::from(std::declval<const call&>(), 0))>;

/// Calls the handler of a route, whatever it takes and returns.
class ALDIS_API any_handler {
 public:
  any_handler() = default;
  any_handler(const any_handler&) = delete;
  any_handler& operator=(const any_handler&) = delete;
  virtual ~any_handler();

  virtual std::span<const parameter> parameters() const noexcept = 0;
  /// Exceptions: what the handler throws.
  virtual handler_result operator()(const call& c, response& into) = 0;
  /// Whether both are known to be the same function.
  virtual bool same_as(const any_handler& other) const noexcept = 0;
};

template <class F, class R, class... Params>
class handler_of final : public any_handler {
 public:
  explicit handler_of(F f) : f_(std::move(f)) {}

  std::span<const parameter> parameters() const noexcept override { return kinds; }

  handler_result operator()(const call& c, response& into) override {
    return call_with(c, into, std::index_sequence_for<Params...>());
  }

  bool same_as(const any_handler& other) const noexcept override {
    const auto* const same = dynamic_cast<const handler_of*>(&other);
    if (!same) return false;
    if constexpr (std::is_pointer_v<F>) {
      return f_ == same->f_;
    } else {
      // A lambda without captures is identified by its type; others cannot be compared.
      return std::is_empty_v<F>;
    }
  }

 private:
  static constexpr std::array<parameter, sizeof...(Params)> kinds{argument<Params>::kind...};

  /// The number of path values before parameter `at`.
  static constexpr std::size_t value_index(std::size_t at) {
    std::size_t before = 0;
    for (std::size_t i = 0; i < at; ++i) before += kinds[i] == parameter::injected ? 0u : 1u;
    return before;
  }

  template <std::size_t... I>
  handler_result call_with([[maybe_unused]] const call& c, response& into,
                           std::index_sequence<I...>) {
    std::decay_t<R> from = f_(argument<Params>::from(c, value_index(I))...);
    return convert_result(std::move(from), into);
  }

  F f_;
};

template <class... Params>
struct parameter_list {};

template <class R, class... Params>
constexpr void check_references(parameter_list<Params...>) {
  static_assert(
      !has_async_conversion<std::decay_t<R>> || !(refers_to_temporary<Params> || ...),
      "aldis: a coroutine takes numbers and std::string_view by value: a reference to one "
      "would be gone before it runs");
}

template <class F>
struct signature_of;

template <class R, class... Params>
struct signature_of<R (*)(Params...)> {
  using result = R;
  using parameters = parameter_list<Params...>;

  template <class F>
  static std::shared_ptr<any_handler> make(F f) {
    check_references<R>(parameters());
    static_assert(!std::is_void_v<R>, "aldis: a handler returns a response, not void");
    static_assert(
        (known_parameter<Params> && ...),
        "aldis: a handler takes the values of its path (integers, floating point numbers, "
        "std::string, std::string_view, web::uuid, web::path_value; by value or const&) "
        "and, in any place, web::request& and web::app&");
    if constexpr (!std::is_void_v<R> && (known_parameter<Params> && ...)) {
      return std::make_shared<handler_of<F, R, Params...>>(std::move(f));
    } else {
      return nullptr;
    }
  }
};
template <class R, class... Params>
struct signature_of<R (*)(Params...) noexcept> : signature_of<R (*)(Params...)> {};
template <class C, class R, class... Params>
struct signature_of<R (C::*)(Params...)> : signature_of<R (*)(Params...)> {};
template <class C, class R, class... Params>
struct signature_of<R (C::*)(Params...) const> : signature_of<R (*)(Params...)> {};
template <class C, class R, class... Params>
struct signature_of<R (C::*)(Params...) noexcept> : signature_of<R (*)(Params...)> {};
template <class C, class R, class... Params>
struct signature_of<R (C::*)(Params...) const noexcept> : signature_of<R (*)(Params...)> {};

template <class F>
concept with_one_signature = requires {
  &F::operator();
};

/// The signature of a handler: a function or an object.
template <class F>
struct handler_signature {
  static_assert(with_one_signature<F>,
                "aldis: a handler is a function, or an object with one operator() whose "
                "parameters are not auto; web::wraps makes one of a wrapper for any handler");
  using result = void;
  using parameters = parameter_list<>;

  static std::shared_ptr<any_handler> make(const F&) { return nullptr; }
};
template <class F>
requires std::is_pointer_v<F>
struct handler_signature<F> : signature_of<F> {
};
template <with_one_signature F>
struct handler_signature<F> : signature_of<decltype(&F::operator())> {};

template <class F>
std::shared_ptr<any_handler> make_handler(F f) {
  return handler_signature<F>::make(std::move(f));
}

}  // namespace aldis::web::detail
