#pragma once

#include <aldis/templates/convert.hpp>
#include <aldis/templates/function.hpp>
#include <aldis/templates/object.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

namespace aldis::templates {

namespace detail {

struct no_members {};

template <class... NamesAndMembers>
struct member_list {
  static_assert(sizeof...(NamesAndMembers) % 2 == 0, "each member needs a name before it");
  std::tuple<NamesAndMembers...> all;
};

}  // namespace detail

/// The members of a class that templates can access. Specialize it next to the class:
///
///     template <>
///     inline constexpr auto aldis::templates::members<user> =
///         aldis::templates::describe("name", &user::name, "greet", &user::greet,
///                                    "initial", [](const user& u) { return u.name.substr(0, 1);
///                                    });
///
/// A data member is an attribute. A const member function is a method: `user.greet("hello")`. A
/// function that takes the object is an attribute computed on each access. A member is converted
/// only when a template uses it.
///
/// Lifetime: `value(u)` holds a copy. `value(std::ref(u))` and `value(&u)` refer to `u`, which must
/// outlive the render. A shared_ptr shares ownership.
template <class T>
inline constexpr auto members = detail::no_members{};

template <class... NamesAndMembers>
constexpr auto describe(NamesAndMembers... names_and_members) {
  return detail::member_list<NamesAndMembers...>{std::tuple(names_and_members...)};
}

namespace detail {

template <class T>
concept described =
    !std::is_same_v<std::remove_cvref_t<decltype(members<std::remove_cv_t<T>>)>, no_members>;

/// The name of T without namespaces.
template <class T>
constexpr std::string_view short_name() {
  std::string_view name = __PRETTY_FUNCTION__;
  const std::size_t begin = name.find("T = ") + 4;
  std::size_t end = name.find_first_of(";]", begin);
  name = name.substr(begin, end - begin);
  std::size_t depth = 0;
  std::size_t start = 0;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name[i] == '<') ++depth;
    if (name[i] == '>') --depth;
    if (name[i] == ':' && depth == 0) start = i + 1;
  }
  return name.substr(start);
}

template <class T, class R, class... Args>
value bind_method(const T& self, const object& owner, R (T::*method)(Args...) const) {
  // The bound method keeps its object alive.
  return value([&self, method, keep = value(reference<const object>::share(owner))](Args... args)
                   -> decltype(auto) { return (self.*method)(std::forward<Args>(args)...); });
}

/// A class with `members` as an object of templates.
template <class T, class Holder>
class described_object final : public object {
 public:
  explicit described_object(Holder holder) : holder_(std::move(holder)) {}

  std::string_view type_name() const noexcept override { return short_name<T>(); }

  std::optional<value> attribute(std::string_view name, render_context&) const override {
    return find(name, std::make_index_sequence<
                          std::tuple_size_v<std::remove_cvref_t<decltype(members<T>.all)>> / 2>());
  }

  const T& get() const noexcept {
    if constexpr (std::is_same_v<Holder, T>) {
      return holder_;
    } else {
      return *holder_;
    }
  }

 private:
  template <std::size_t... Is>
  std::optional<value> find(std::string_view name, std::index_sequence<Is...>) const {
    std::optional<value> found;
    (void)((name == std::string_view(std::get<2 * Is>(members<T>.all)) &&
            (found.emplace(read(std::get<2 * Is + 1>(members<T>.all))), true)) ||
           ...);
    return found;
  }

  template <class Member>
  value read(const Member& member) const {
    if constexpr (std::is_member_object_pointer_v<Member>) {
      using type = std::remove_cvref_t<decltype(get().*member)>;
      if constexpr (described<type> && std::is_same_v<Holder, const T*>) {
        // Referred to, like the object that it is part of, and not copied.
        return value(&(get().*member));
      } else {
        return value(get().*member);
      }
    } else if constexpr (std::is_member_function_pointer_v<Member>) {
      return bind_method(get(), *this, member);
    } else {
      return value(member(get()));
    }
  }

  Holder holder_;
};

template <class T, class Holder>
value make_described(Holder holder) {
  return value(reference(new described_object<T, Holder>(std::move(holder))));
}

}  // namespace detail

template <detail::described T>
struct conversion<T> {
  static value to_value(T from) { return detail::make_described<T, T>(std::move(from)); }
};
template <detail::described T>
struct conversion<T*> {
  static value to_value(const T* from) {
    return from ? detail::make_described<std::remove_const_t<T>, const T*>(from) : value();
  }
};
template <detail::described T>
struct conversion<std::reference_wrapper<T>> {
  static value to_value(std::reference_wrapper<T> from) {
    return detail::make_described<std::remove_const_t<T>, const T*>(&from.get());
  }
};
template <detail::described T>
struct conversion<std::shared_ptr<T>> {
  static value to_value(std::shared_ptr<T> from) {
    return from ? detail::make_described<std::remove_const_t<T>, std::shared_ptr<const T>>(
                      std::move(from))
                : value();
  }
};

}  // namespace aldis::templates
