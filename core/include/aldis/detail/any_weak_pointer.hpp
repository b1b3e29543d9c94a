#pragma once

// Smart pointers by their shape, so that <memory> stays out of <aldis/signal.hpp>.

#include <aldis/weak_pointer_of.hpp>

#include <concepts>
#include <cstddef>
#include <new>
#include <utility>

namespace aldis::detail {

/// A weak pointer by its shape: std's and Boost's have expired(), Qt's isNull().
template <class T>
concept weak_pointer = requires(const T& weak) {
  weak.lock();
}
&&(
    requires(const T& weak) {
      { weak.expired() } -> std::convertible_to<bool>;
    } ||
    requires(const T& weak) {
      { weak.isNull() } -> std::convertible_to<bool>;
    });

template <weak_pointer Weak>
bool expired(const Weak& weak) noexcept {
  if constexpr (requires { weak.expired(); }) {
    return weak.expired();
  } else {
    return weak.isNull();
  }
}

template <class T>
concept shared_pointer = requires(const T& shared) {
  shared.get();
  typename weak_pointer_of<T>::type;
};

template <class Pointer>
struct weak_of_pointer {
  using type = Pointer;
};
template <shared_pointer Pointer>
struct weak_of_pointer<Pointer> {
  using type = typename weak_pointer_of<Pointer>::type;
};
template <class Pointer>
using weak_of = typename weak_of_pointer<Pointer>::type;

/// A weak pointer without its type; a node of a linked list.
class any_weak_pointer {
 public:
  static constexpr std::size_t room = 32;  ///< for a strong pointer, in bytes

  any_weak_pointer() = default;
  any_weak_pointer(const any_weak_pointer&) = delete;
  any_weak_pointer& operator=(const any_weak_pointer&) = delete;
  virtual ~any_weak_pointer() = default;

  virtual bool expired() const noexcept = 0;
  /// Constructs a strong pointer in `storage`, which has `room` bytes; false if the object is gone.
  virtual bool lock(void* storage) const noexcept = 0;
  /// Destroys the strong pointer.
  virtual void unlock(void* storage) const noexcept = 0;
  /// Another one for the same object; null if it cannot be copied.
  virtual any_weak_pointer* copy() const { return nullptr; }

  any_weak_pointer* next = nullptr;
};

template <weak_pointer Weak>
class weak_pointer_holder final : public any_weak_pointer {
  using strong = decltype(std::declval<const Weak&>().lock());
  static_assert(sizeof(strong) <= room && alignof(strong) <= alignof(std::max_align_t),
                "aldis: this smart pointer is larger than aldis expects");

 public:
  explicit weak_pointer_holder(Weak weak) : weak_(std::move(weak)) {}

  bool expired() const noexcept override { return detail::expired(weak_); }
  bool lock(void* storage) const noexcept override {
    auto* const held = ::new (storage) strong(weak_.lock());
    // A pointer may own an object and still hold null; if it owns one, that cannot expire any more.
    if (held->get() != nullptr || !expired()) return true;
    held->~strong();
    return false;
  }
  void unlock(void* storage) const noexcept override { static_cast<strong*>(storage)->~strong(); }
  any_weak_pointer* copy() const override { return new weak_pointer_holder(weak_); }

 private:
  Weak weak_;
};

template <class Pointer>
any_weak_pointer* make_any_weak_pointer(const Pointer& pointer) {
  static_assert(weak_pointer<weak_of<Pointer>>,
                "aldis: the weak pointer of this shared pointer is not known; include its header, "
                "for instance <boost/weak_ptr.hpp>");
  if constexpr (weak_pointer<weak_of<Pointer>>) {
    return new weak_pointer_holder<weak_of<Pointer>>(weak_of<Pointer>(pointer));
  } else {
    return nullptr;
  }
}

}  // namespace aldis::detail
