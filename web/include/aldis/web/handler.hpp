#pragma once

#include <aldis/export.hpp>
#include <aldis/web/answer.hpp>
#include <aldis/web/path_values.hpp>
#include <aldis/web/request.hpp>

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

/// What a handler wants in one place of its parameters: the request or app, or a value of the path.
enum class parameter : unsigned char { given, integer, floating, text, uuid, any };

/// What there is for a handler: the values of the path, in the order of its parameters.
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
  static constexpr parameter kind = parameter::given;
  static P from(const call& c, std::size_t) { return c.request; }
};

template <>
struct argument<app&> {
  static constexpr parameter kind = parameter::given;
  static app& from(const call& c, std::size_t) { return c.app; }
};

template <class P>
using plain = std::remove_cvref_t<P>;

/// By value or as const T&: the value belongs to the request.
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

/// Whether it refers to what is made for the call, as a const int& does, and not to the request's
/// own value: then a coroutine would read it when it has gone.
template <class P>
constexpr bool refers_to_temporary = false;
template <known_parameter P>
requires std::is_reference_v<P>
constexpr bool refers_to_temporary<P> =
    !std::same_as<P, decltype(argument<P>::from(std::declval<const call&>(), 0))>;

/// A handler of a route, whatever it is called with and returns.
class ALDIS_API view {
 public:
  view() = default;
  view(const view&) = delete;
  view& operator=(const view&) = delete;
  virtual ~view();

  virtual std::span<const parameter> parameters() const noexcept = 0;
  /// Exceptions: what the handler throws.
  virtual given operator()(const call& c, response& into) = 0;
  /// Is it known to be the same function?
  virtual bool same_as(const view& other) const noexcept = 0;
};

template <class F, class R, class... Params>
class view_of final : public view {
 public:
  explicit view_of(F f) : f_(std::move(f)) {}

  std::span<const parameter> parameters() const noexcept override { return kinds; }

  given operator()(const call& c, response& into) override {
    return call_with(c, into, std::index_sequence_for<Params...>());
  }

  bool same_as(const view& other) const noexcept override {
    const auto* const same = dynamic_cast<const view_of*>(&other);
    if (!same) return false;
    if constexpr (std::is_pointer_v<F>) {
      return f_ == same->f_;
    } else {
      // Lambdas without captures are their type; of others nobody can tell.
      return std::is_empty_v<F>;
    }
  }

 private:
  static constexpr std::array<parameter, sizeof...(Params)> kinds{argument<Params>::kind...};

  /// How many values of the path come before parameter `at`.
  static constexpr std::size_t place(std::size_t at) {
    std::size_t before = 0;
    for (std::size_t i = 0; i < at; ++i) before += kinds[i] == parameter::given ? 0u : 1u;
    return before;
  }

  template <std::size_t... I>
  given call_with([[maybe_unused]] const call& c, response& into, std::index_sequence<I...>) {
    std::decay_t<R> from = f_(argument<Params>::from(c, place(I))...);
    return give(std::move(from), into);
  }

  F f_;
};

template <class... Params>
struct parameter_list {};

template <class R, class... Params>
constexpr void check_references(parameter_list<Params...>) {
  static_assert(
      !has_deferred_conversion<std::decay_t<R>> || !(refers_to_temporary<Params> || ...),
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
  static std::shared_ptr<view> make(F f) {
    check_references<R>(parameters());
    static_assert(!std::is_void_v<R>, "aldis: a handler returns its answer, not void");
    static_assert(
        (known_parameter<Params> && ...),
        "aldis: a handler takes the values of its path (integers, floating point numbers, "
        "std::string, std::string_view, web::uuid, web::path_value; by value or const&) "
        "and, in any place, web::request& and web::app&");
    if constexpr (!std::is_void_v<R> && (known_parameter<Params> && ...)) {
      return std::make_shared<view_of<F, R, Params...>>(std::move(f));
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

  static std::shared_ptr<view> make(const F&) { return nullptr; }
};
template <class F>
requires std::is_pointer_v<F>
struct handler_signature<F> : signature_of<F> {
};
template <with_one_signature F>
struct handler_signature<F> : signature_of<decltype(&F::operator())> {};

template <class F>
std::shared_ptr<view> make_view(F f) {
  return handler_signature<F>::make(std::move(f));
}

}  // namespace aldis::web::detail
