#pragma once

// The few atomic operations that readers and writers need, with the order in the name. By GCC's and
// Clang's builtins, because <atomic> is large and readers are inlined into every program.

namespace aldis::reclamation {

/// One word shared between threads. Unqualified operations are sequentially consistent.
template <class T>
class atomic {
 public:
  constexpr atomic() noexcept = default;
  constexpr atomic(T value) noexcept : value_(value) {}
  atomic(const atomic&) = delete;
  atomic& operator=(const atomic&) = delete;

  T load() const noexcept { return get<__ATOMIC_SEQ_CST>(); }
  T load_acquire() const noexcept { return get<__ATOMIC_ACQUIRE>(); }
  T load_relaxed() const noexcept { return get<__ATOMIC_RELAXED>(); }

  void store(T value) noexcept { __atomic_store(&value_, &value, __ATOMIC_SEQ_CST); }
  void store_release(T value) noexcept { __atomic_store(&value_, &value, __ATOMIC_RELEASE); }
  void store_relaxed(T value) noexcept { __atomic_store(&value_, &value, __ATOMIC_RELAXED); }

  T exchange(T value) noexcept {
    T old;
    __atomic_exchange(&value_, &value, &old, __ATOMIC_SEQ_CST);
    return old;
  }
  bool compare_exchange(T& expected, T desired) noexcept {
    return __atomic_compare_exchange(&value_, &expected, &desired, false, __ATOMIC_SEQ_CST,
                                     __ATOMIC_SEQ_CST);
  }
  T fetch_add(T value) noexcept { return __atomic_fetch_add(&value_, value, __ATOMIC_SEQ_CST); }
  T fetch_sub(T value) noexcept { return __atomic_fetch_sub(&value_, value, __ATOMIC_SEQ_CST); }
  T fetch_or(T value) noexcept { return __atomic_fetch_or(&value_, value, __ATOMIC_SEQ_CST); }
  T fetch_and(T value) noexcept { return __atomic_fetch_and(&value_, value, __ATOMIC_SEQ_CST); }

 private:
  template <int Order>
  T get() const noexcept {
    T value;
    __atomic_load(&value_, &value, Order);
    return value;
  }

  T value_{};
};

/// Keeps the compiler from moving memory accesses across; costs no instruction. The processor's
/// half of the ordering is the writers' barrier (docs/design/hazard-pointers.md).
inline void compiler_barrier() noexcept { __atomic_signal_fence(__ATOMIC_SEQ_CST); }

}  // namespace aldis::reclamation
