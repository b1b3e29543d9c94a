#pragma once

namespace aldis::detail {

/// What an object contains to be in an intrusive_list.
template <class T>
struct list_links {
  T* next = nullptr;
  T* previous = nullptr;
};

/// A list of objects that it does not own. `LinksOf` is the member of an object that links it, or
/// a function that returns it. An object is in one list by these links, or in none.
template <class T, auto LinksOf>
class intrusive_list {
 public:
  intrusive_list() = default;
  intrusive_list(const intrusive_list&) = delete;
  intrusive_list& operator=(const intrusive_list&) = delete;

  /// For range-based for. The current object may be erased only once the iterator is past it.
  class iterator {
   public:
    explicit iterator(T* at) noexcept : at_(at) {}
    T& operator*() const noexcept { return *at_; }
    iterator& operator++() noexcept {
      at_ = links(*at_).next;
      return *this;
    }
    bool operator==(const iterator&) const = default;

   private:
    T* at_;
  };
  iterator begin() const noexcept { return iterator(first_); }
  iterator end() const noexcept { return iterator(nullptr); }

  bool empty() const noexcept { return !first_; }
  /// Null if the list is empty.
  T* first() const noexcept { return first_; }

  bool contains(T& object) const noexcept { return first_ == &object || links(object).previous; }

  void push_front(T& object) noexcept {
    links(object) = {first_, nullptr};
    if (first_) links(*first_).previous = &object;
    first_ = &object;
  }

  void erase(T& object) noexcept {
    const list_links<T> old = links(object);
    (old.previous ? links(*old.previous).next : first_) = old.next;
    if (old.next) links(*old.next).previous = old.previous;
    links(object) = {};
  }

  /// The first object, which is in the list no more; null if the list is empty.
  T* pop_front() noexcept {
    T* const object = first_;
    if (object) erase(*object);
    return object;
  }

 private:
  static list_links<T>& links(T& object) noexcept {
    if constexpr (requires { object.*LinksOf; }) {
      return object.*LinksOf;
    } else {
      return LinksOf(object);
    }
  }

  T* first_ = nullptr;
};

}  // namespace aldis::detail
