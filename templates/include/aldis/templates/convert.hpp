#pragma once

#include <aldis/templates/dict.hpp>
#include <aldis/templates/error.hpp>
#include <aldis/templates/value.hpp>

#include <array>
#include <concepts>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace aldis::templates {

namespace detail {
/// Counts steps of this thread's current render, if there is one.
ALDIS_TEMPLATES_API void count_work(std::uint64_t steps);
}  // namespace detail

/// Thrown when a value does not convert to the requested C++ type: a TypeError,
/// `expected str, got int`.
class ALDIS_TEMPLATES_API conversion_failure : public error {
 public:
  conversion_failure(std::string_view expected, const value& got);
};

/// Converts a value to a C++ type. Throws conversion_failure.
template <class T>
T from_value(const value& from) {
  return conversion<T>::from_value(from);
}

template <>
struct conversion<value> {
  static value from_value(const value& from) { return from; }
};

template <>
struct conversion<bool> {
  static bool from_value(const value& from) {
    if (!from.is(value_kind::boolean)) throw conversion_failure("bool", from);
    return from.as_boolean();
  }
};

template <std::integral Integer>
requires(!detail::character<Integer>) struct conversion<Integer> {
  static Integer from_value(const value& from) {
    if (!from.is_integral()) throw conversion_failure("int", from);
    if (!std::in_range<Integer>(from.as_integer())) {
      throw conversion_failure("a smaller int", from);
    }
    return static_cast<Integer>(from.as_integer());
  }
};

template <std::floating_point Float>
struct conversion<Float> {
  static Float from_value(const value& from) {
    if (!from.is_number()) throw conversion_failure("float", from);
    return static_cast<Float>(from.as_floating());
  }
};

template <>
struct conversion<std::string_view> {
  static std::string_view from_value(const value& from) {
    if (!from.is_text()) throw conversion_failure("str", from);
    return from.as_text();
  }
};

template <>
struct conversion<std::string> {
  static std::string from_value(const value& from) {
    return std::string(conversion<std::string_view>::from_value(from));
  }
};

template <>
struct conversion<markup> {
  static markup from_value(const value& from) {
    if (!from.is_markup()) throw conversion_failure("Markup", from);
    return {std::string(from.as_text())};
  }
};

template <>
struct conversion<dict> {
  static const dict& from_value(const value& from) {
    if (!from.is(value_kind::dict)) throw conversion_failure("dict", from);
    return from.as_dict();
  }
};

template <class T>
struct conversion<std::optional<T>> {
  static value to_value(
      const std::optional<T>& from) requires std::convertible_to<const T&, value> {
    return from ? value(*from) : value();
  }
  static std::optional<T> from_value(const value& from) {
    if (from.is_none()) return std::nullopt;
    return templates::from_value<T>(from);
  }
};

template <class... Ts>
requires(std::convertible_to<const Ts&, value>&&...) struct conversion<std::tuple<Ts...>> {
  static value to_value(const std::tuple<Ts...>& from) {
    return std::apply([](const Ts&... items) { return value(tuple{{value(items)...}}); }, from);
  }
};

template <class First, class Second>
requires std::convertible_to<const First&, value> && std::convertible_to<const Second&, value>
struct conversion<std::pair<First, Second>> {
  static value to_value(const std::pair<First, Second>& from) {
    return tuple{{value(from.first), value(from.second)}};
  }
};

namespace detail {

template <class T>
concept map = requires(const T& from) {
  typename T::mapped_type;
  from.begin()->first;
  from.begin()->second;
  from.end();
};

template <class T>
concept range =
    !map<T> && !std::convertible_to<const T&, std::string_view> && requires(const T& from) {
  typename T::value_type;
  from.begin() != from.end();
  *from.begin();
};

}  // namespace detail

template <detail::map Map>
requires std::convertible_to<const typename Map::key_type&, value> &&
    std::convertible_to<const typename Map::mapped_type&, value>
struct conversion<Map> {
  static value to_value(const Map& from) {
    dict entries;
    for (const auto& [key, mapped] : from) entries[value(key)] = value(mapped);
    return value(std::move(entries));
  }
  static Map from_value(const value& from) {
    if (!from.is(value_kind::dict)) throw conversion_failure("dict", from);
    Map result;
    for (const dict::entry& each : from.as_dict()) {
      result.emplace(templates::from_value<typename Map::key_type>(each.key),
                     templates::from_value<typename Map::mapped_type>(each.mapped));
    }
    return result;
  }
};

template <detail::range Range>
requires std::convertible_to<const typename Range::value_type&, value>
struct conversion<Range> {
  static value to_value(const Range& from) {
    list items;
    // The iterators of vector<bool> do not return references.
    for (const auto& item : from) {
      items.emplace_back(static_cast<const typename Range::value_type&>(item));
    }
    return value(std::move(items));
  }
  static Range from_value(const value& from) {
    if (!from.is(value_kind::list) && !from.is(value_kind::tuple))
      throw conversion_failure("list", from);
    Range result;
    for (const value& item : from.as_items()) {
      result.insert(result.end(), templates::from_value<typename Range::value_type>(item));
    }
    return result;
  }
};

}  // namespace aldis::templates
