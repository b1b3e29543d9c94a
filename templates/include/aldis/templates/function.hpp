#pragma once

#include <aldis/templates/arguments.hpp>
#include <aldis/templates/convert.hpp>
#include <aldis/templates/error.hpp>
#include <aldis/templates/object.hpp>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace aldis::templates {

/// Makes a function that reads its arguments itself. Error messages use the name.
ALDIS_TEMPLATES_API value make_function(std::string_view name, native_function function);

namespace detail {

/// The parameters of a callable without overloads.
template <class F>
struct parameters_of {};
template <class F>
requires requires { &F::operator(); }
struct parameters_of<F> : parameters_of<decltype(&F::operator())> {};
template <class R, class... Args>
struct parameters_of<R (*)(Args...)> {
  using types = std::tuple<Args...>;
  using result = R;
};
template <class R, class... Args>
struct parameters_of<R (*)(Args...) noexcept> : parameters_of<R (*)(Args...)> {};
template <class T, class R, class... Args>
struct parameters_of<R (T::*)(Args...)> : parameters_of<R (*)(Args...)> {};
template <class T, class R, class... Args>
struct parameters_of<R (T::*)(Args...) const> : parameters_of<R (*)(Args...)> {};
template <class T, class R, class... Args>
struct parameters_of<R (T::*)(Args...) noexcept> : parameters_of<R (*)(Args...)> {};
template <class T, class R, class... Args>
struct parameters_of<R (T::*)(Args...) const noexcept> : parameters_of<R (*)(Args...)> {};

template <class F>
concept plain_callable = requires {
  typename parameters_of<F>::types;
}
&&(std::is_class_v<F> || std::is_pointer_v<F>);

template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

/// Assigns arguments to parameters, or fails as Python does.
class ALDIS_TEMPLATES_API argument_binder {
 public:
  argument_binder(const arguments& args, std::size_t parameters, std::size_t required,
                  const std::vector<std::string>& names, const value** bound);
};

[[noreturn]] ALDIS_TEMPLATES_API void fail_argument(std::size_t number,
                                                    const conversion_failure& why);

/// A C++ callable as an object of templates.
template <class F>
class typed_function final : public object {
 public:
  typed_function(F function, std::vector<std::string> names)
      : function_(std::move(function)), names_(std::move(names)) {}

  std::string_view type_name() const noexcept override { return "function"; }
  std::string description() const override { return "function object"; }
  bool is_callable() const noexcept override { return true; }

  value call(const arguments& args) const override {
    using types = typename parameters_of<F>::types;
    if constexpr (std::is_same_v<types, std::tuple<const arguments&>>) {
      return finish([&]() -> decltype(auto) { return function_(args); });
    } else {
      return call_with(args, static_cast<types*>(nullptr));
    }
  }

 private:
  template <class... Args>
  value call_with(const arguments& args, std::tuple<render_context&, Args...>*) const {
    return bind<render_context&, Args...>(args, std::index_sequence_for<Args...>(), args.context());
  }
  template <class... Args>
  value call_with(const arguments& args, std::tuple<Args...>*) const {
    return bind<Args...>(args, std::index_sequence_for<Args...>());
  }

  template <class... All, std::size_t... Is, class... Leading>
  value bind(const arguments& args, std::index_sequence<Is...>, Leading&... leading) const {
    using types = std::tuple<std::decay_t<All>...>;
    constexpr std::size_t skip = sizeof...(Leading);
    constexpr std::size_t required =
        ((is_optional<std::tuple_element_t<Is + skip, types>> ? 0 : Is + 1) + ... + 0) == 0
            ? 0
            : last_required<std::tuple_element_t<Is + skip, types>...>();
    std::array<const value*, sizeof...(Is) + 1> bound{};
    argument_binder(args, sizeof...(Is), required, names_, bound.data());
    return finish([&]() -> decltype(auto) {
      return function_(leading...,
                       argument<std::tuple_element_t<Is + skip, types>>(bound[Is], Is + 1)...);
    });
  }

  template <class... Ts>
  static constexpr std::size_t last_required() {
    std::size_t number = 0;
    std::size_t last = 0;
    ((++number, last = is_optional<Ts> ? last : number), ...);
    return last;
  }

  template <class T>
  static decltype(auto) argument(const value* bound, std::size_t number) {
    try {
      if constexpr (is_optional<T>) {
        return bound ? conversion<T>::from_value(*bound) : T();
      } else {
        return conversion<T>::from_value(*bound);
      }
    } catch (const conversion_failure& failure) {
      fail_argument(number, failure);
    }
  }

  template <class Call>
  static value finish(Call call) {
    if constexpr (std::is_void_v<decltype(call())>) {
      call();
      return {};
    } else {
      return value(call());
    }
  }

  F function_;
  std::vector<std::string> names_;
};

}  // namespace detail

/// A function whose arguments may be passed by name: `{{ text | shout(times=2) }}`.
///
///     env.filters["shout"] = named_parameters({"text", "times"}, [](std::string text, int times) {
///       ...
///     });
///
/// Arguments for parameters of type std::optional may be omitted. A first parameter of type
/// `render_context&` gets no name.
template <detail::plain_callable F>
value named_parameters(std::vector<std::string> names, F function) {
  return value(
      detail::reference(new detail::typed_function<F>(std::move(function), std::move(names))));
}

/// Functions, lambdas and function objects: `env.filters["shout"] = [](std::string text) { ... };`
template <detail::plain_callable F>
requires(!detail::range<F> && !detail::map<F>) struct conversion<F> {
  static value to_value(F function) {
    return value(detail::reference(new detail::typed_function<F>(std::move(function), {})));
  }
};

}  // namespace aldis::templates
