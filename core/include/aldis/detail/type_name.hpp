#pragma once

#include <typeinfo>

namespace aldis::detail {

/// T's name, equal in every program, plugin and compiler of one platform where RTTI is on.
/// Compared as text, never by address: plugins have copies of their own.
template <class T>
constexpr const char* type_name() noexcept {
#if defined(__GXX_RTTI) || defined(_CPPRTTI)
  return typeid(T).name();
#else
  return __PRETTY_FUNCTION__;
#endif
}

}  // namespace aldis::detail
