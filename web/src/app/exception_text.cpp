#include "app/exception_text.hpp"

#include <aldis/web/logger.hpp>
#include <aldis/web/request.hpp>

#include "http/text.hpp"
#include <cxxabi.h>

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <typeinfo>
#include <utility>

namespace aldis::web {

namespace detail {

namespace {

/// Longer chains are cut.
constexpr std::size_t longest_chain = 20;

/// Without what std::throw_with_nested and boost::throw_exception put around a type.
std::string_view without_wrappers(std::string_view type) {
  for (const std::string_view wrapper :
       {"std::_Nested_exception<", "std::__1::__nested<", "boost::wrapexcept<"}) {
    if (type.starts_with(wrapper) && type.ends_with('>')) {
      type.remove_prefix(wrapper.size());
      type.remove_suffix(1);
      if (type.ends_with(' ')) type.remove_suffix(1);
    }
  }
  return type;
}

std::string demangled(const std::type_info* type) {
  if (!type) return "an unknown type";
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> name(
      abi::__cxa_demangle(type->name(), nullptr, nullptr, &status), &std::free);
  std::string text(without_wrappers(status == 0 ? name.get() : type->name()));
  // The one type that everybody knows by its short name.
  constexpr std::string_view long_string =
      "std::__cxx11::basic_string<char, std::char_traits<char>, std::allocator<char> >";
  if (text == long_string) return "std::string";
  return text;
}

std::exception_ptr nested_in(const std::exception& error) {
  const auto* const nested = dynamic_cast<const std::nested_exception*>(&error);
  return nested ? nested->nested_ptr() : nullptr;
}

/// The description of an exception, and the exception nested in it.
std::pair<exception_text, std::exception_ptr> read(const std::exception_ptr& error) {
  // The thrown type is known inside of a catch clause only.
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& e) {
    return {{demangled(&typeid(e)), e.what()}, nested_in(e)};
  } catch (const std::string& text) {
    return {{demangled(abi::__cxa_current_exception_type()), text}, nullptr};
  } catch (const char* text) {
    return {{demangled(abi::__cxa_current_exception_type()), text ? text : ""}, nullptr};
  } catch (const std::nested_exception& e) {
    return {{demangled(abi::__cxa_current_exception_type()), ""}, e.nested_ptr()};
  } catch (...) {
    return {{demangled(abi::__cxa_current_exception_type()), ""}, nullptr};
  }
}

}  // namespace

std::vector<exception_text> exception_chain(const std::exception_ptr& error) {
  std::vector<exception_text> chain;
  std::exception_ptr next = error;
  while (next && chain.size() < longest_chain) {
    auto [one, nested] = read(next);
    chain.push_back(std::move(one));
    next = std::move(nested);
  }
  return chain;
}

std::string request_line(const request& r) {
  return escape_control(r.method()) + " " + escape_control(r.path());
}

}  // namespace detail

std::string describe(const std::exception_ptr& error) {
  if (!error) return "no exception";
  std::string text;
  for (const detail::exception_text& each : detail::exception_chain(error)) {
    if (!text.empty()) text += "; caused by ";
    text += each.type;
    if (!each.text.empty()) text += ": " + detail::escape_control(each.text);
  }
  return text;
}

}  // namespace aldis::web
