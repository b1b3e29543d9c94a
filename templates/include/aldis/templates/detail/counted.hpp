#pragma once

#include <aldis/templates/export.hpp>
#include <aldis/templates/fwd.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>
#include <vector>

namespace aldis::templates::detail {

/// A base class with a reference count, which any thread may change.
class ALDIS_TEMPLATES_API counted {
 public:
  counted() = default;
  counted(const counted&) = delete;
  counted& operator=(const counted&) = delete;
  virtual ~counted();

  void retain() const noexcept { references_.fetch_add(1, std::memory_order_relaxed); }
  void release() const noexcept {
    // acq_rel: the last owner must see what the others did before they released theirs.
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) destroy(this);
  }
  /// Appends the values that this holds and that templates can reach.
  virtual void traverse(std::vector<const value*>& into) const;
  /// Releases those of them that a template can change.
  virtual void clear_references() const noexcept;
  // The memory counts toward the limit of the render that allocates it, until it is freed.
  static void* operator new(std::size_t size);
  static void* operator new(std::size_t size, std::align_val_t alignment);
  static void operator delete(void* memory, std::size_t size) noexcept;
  static void operator delete(void* memory, std::size_t size, std::align_val_t alignment) noexcept;

  bool shared() const noexcept { return references_.load(std::memory_order_acquire) > 1; }

 private:
  /// Bounds the depth of recursion, however deep values are nested.
  static void destroy(const counted* last) noexcept;

  mutable std::atomic<std::uint64_t> references_{1};
  mutable const counted* next_ = nullptr;  // the next to destroy
};

/// An owning pointer to a counted object, or null.
template <class T>
class reference {
 public:
  constexpr reference() noexcept = default;
  /// Takes over the reference that a new object starts with.
  explicit reference(T* adopted) noexcept : target_(adopted) {}
  static reference share(T& target) noexcept {
    target.retain();
    return reference(&target);
  }
  reference(const reference& other) noexcept : target_(other.target_) {
    if (target_) target_->retain();
  }
  reference(reference&& other) noexcept : target_(std::exchange(other.target_, nullptr)) {}
  reference& operator=(reference other) noexcept {
    std::swap(target_, other.target_);
    return *this;
  }
  ~reference() {
    if (target_) target_->release();
  }

  T* get() const noexcept { return target_; }
  T& operator*() const noexcept { return *target_; }
  T* operator->() const noexcept { return target_; }
  explicit operator bool() const noexcept { return target_ != nullptr; }
  T* detach() noexcept { return std::exchange(target_, nullptr); }

 private:
  T* target_ = nullptr;
};

}  // namespace aldis::templates::detail
