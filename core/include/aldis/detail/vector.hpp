#pragma once

#include <aldis/export.hpp>

#include <cstddef>
#include <new>
#include <utility>

namespace aldis::detail {

/// Throws std::out_of_range.
[[noreturn]] ALDIS_API void throw_out_of_range(std::size_t index, std::size_t size);

/// A std::vector that only grows, because <vector> is too much to include.
template <class T>
class vector {
 public:
  vector() noexcept = default;
  vector(vector&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  vector& operator=(vector&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
    return *this;
  }
  ~vector() {
    for (std::size_t i = size_; i-- > 0;) data_[i].~T();
    deallocate(data_);
  }

  template <class... Args>
  T& add(Args&&... args) {
    if (size_ == capacity_) reserve(capacity_ == 0 ? 4 : capacity_ * 2);
    T* const made = ::new (static_cast<void*>(data_ + size_)) T{std::forward<Args>(args)...};
    ++size_;
    return *made;
  }

  void reserve(std::size_t wanted) {
    if (wanted <= capacity_) return;
    T* const fresh =
        static_cast<T*>(::operator new(wanted * sizeof(T), std::align_val_t(alignof(T))));
    for (std::size_t i = 0; i < size_; ++i) {
      ::new (static_cast<void*>(fresh + i)) T(std::move(data_[i]));
      data_[i].~T();
    }
    deallocate(data_);
    data_ = fresh;
    capacity_ = wanted;
  }

  T* begin() noexcept { return data_; }
  T* end() noexcept { return data_ + size_; }
  const T* begin() const noexcept { return data_; }
  const T* end() const noexcept { return data_ + size_; }
  T* data() noexcept { return data_; }
  const T* data() const noexcept { return data_; }
  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }
  T& operator[](std::size_t i) { return data_[checked(i)]; }
  const T& operator[](std::size_t i) const { return data_[checked(i)]; }
  T& front() { return data_[checked(0)]; }
  const T& front() const { return data_[checked(0)]; }
  T& back() { return data_[checked(size_ - 1)]; }
  const T& back() const { return data_[checked(size_ - 1)]; }

  friend bool operator==(const vector& a, const vector& b) {
    if (a.size_ != b.size_) return false;
    for (std::size_t i = 0; i < a.size_; ++i) {
      if (!(a.data_[i] == b.data_[i])) return false;
    }
    return true;
  }

 private:
  std::size_t checked(std::size_t i) const {
    if (i >= size_) [[unlikely]]
      throw_out_of_range(i, size_);
    return i;
  }

  static void deallocate(T* data) noexcept {
    ::operator delete(static_cast<void*>(data), std::align_val_t(alignof(T)));
  }

  T* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace aldis::detail
