#pragma once

#include <utility>

// Boost's pointers do not name their weak ones. Declared here, so that they need no adapter; to use
// them, include their headers.
namespace boost {
template <class T>
class shared_ptr;
template <class T>
class weak_ptr;
}  // namespace boost

namespace aldis {

/// Names the weak pointer of a shared pointer, so that the shared one can be given to `tracking`,
/// to `from`, and as the object of a connect. Recognised by their shape are pointers with a
/// `weak_type`, like std's, or a `toWeakRef()`, like Qt's; boost::shared_ptr is known, too.
/// Specialise it for others.
///
///     template <class T>
///     struct aldis::weak_pointer_of<my::shared<T>> {
///       using type = my::weak<T>;  // made from a my::shared<T>; has lock() and expired()
///     };
template <class Pointer>
struct weak_pointer_of {};

template <class Pointer>
requires requires { typename Pointer::weak_type; }
struct weak_pointer_of<Pointer> {
  using type = typename Pointer::weak_type;
};

template <class Pointer>
requires requires(const Pointer& shared) { shared.toWeakRef(); }
struct weak_pointer_of<Pointer> {
  using type = decltype(std::declval<const Pointer&>().toWeakRef());
};

template <class T>
struct weak_pointer_of<boost::shared_ptr<T>> {
  using type = boost::weak_ptr<T>;
};

}  // namespace aldis
