#pragma once

#include <aldis/connection.hpp>
#include <aldis/detail/vector.hpp>
#include <aldis/fwd.hpp>

#include <cstddef>
#include <exception>
#include <new>
#include <optional>
#include <type_traits>
#include <utility>

namespace aldis {

/// One receiver's answer, and the connection of that receiver.
template <class R>
struct reply {
  connection receiver;
  R value;
};

namespace detail {

/// The values of a range of answers; a reference is held as a pointer.
template <class R>
class values {
 public:
  using element = std::conditional_t<std::is_reference_v<R>, std::remove_reference_t<R>*, R>;

  void add(R value) {
    if constexpr (std::is_reference_v<R>) {
      held_.add(&value);
    } else {
      held_.add(std::move(value));
    }
  }

  std::size_t size() const noexcept { return held_.size(); }
  bool empty() const noexcept { return held_.empty(); }
  auto begin() noexcept { return held_.begin(); }
  auto end() noexcept { return held_.end(); }
  auto begin() const noexcept { return held_.begin(); }
  auto end() const noexcept { return held_.end(); }
  const element& operator[](std::size_t i) const { return held_[i]; }
  element& operator[](std::size_t i) { return held_[i]; }

 private:
  vector<element> held_;
};

/// Answers to a send, the first few of which need no allocation. While the send adds them they
/// borrow their connections: the signal keeps all slots that were called, instead of counting
/// references to each.
template <class R>
class reply_list {
 public:
  reply_list() noexcept : data_(inside()) {}
  reply_list(reply_list&& other) noexcept : reply_list() { take(other); }
  reply_list& operator=(reply_list&& other) noexcept {
    if (this != &other) {
      clear();
      take(other);
    }
    return *this;
  }
  ~reply_list() { clear(); }

  void add(connection receiver, R value) { append(receiver, std::forward<R>(value)); }
  void add(signal_state& from, receiver_slot& receiver, R value) {
    if (!lender_) {
      lend_connections(from);
      lender_ = &from;
    }
    connection borrowed = connection_access::borrow(&receiver);
    append(borrowed, std::forward<R>(value));
  }

  reply<R>* data() const noexcept { return data_; }
  std::size_t size() const noexcept { return size_; }

 private:
  static constexpr std::size_t room_size = 128;
  /// A reply whose move may throw is not moved with the list.
  static constexpr std::size_t room =
      std::is_reference_v<R> || std::is_nothrow_move_constructible_v<R>
          ? room_size / sizeof(reply<R>)
          : 0;
  static constexpr bool over_aligned = alignof(reply<R>) > __STDCPP_DEFAULT_NEW_ALIGNMENT__;

  reply<R>* inside() noexcept { return reinterpret_cast<reply<R>*>(room_); }

  static void move(reply<R>& from, reply<R>* to) {
    ::new (static_cast<void*>(to))
        reply<R>{connection_access::relocate(from.receiver), std::forward<R>(from.value)};
    from.~reply();
  }

  void append(connection& receiver, R value) {
    if (size_ == capacity_) [[unlikely]]
      grow();
    ::new (static_cast<void*>(data_ + size_))
        reply<R>{connection_access::relocate(receiver), std::forward<R>(value)};
    ++size_;
  }

  [[gnu::noinline]] void grow() {
    const std::size_t capacity = capacity_ < 4 ? 4 : capacity_ * 2;
    void* fresh;
    if constexpr (over_aligned)
      fresh = ::operator new(capacity * sizeof(reply<R>), std::align_val_t(alignof(reply<R>)));
    else
      fresh = ::operator new(capacity * sizeof(reply<R>));
    for (std::size_t i = 0; i < size_; ++i) move(data_[i], static_cast<reply<R>*>(fresh) + i);
    deallocate();
    data_ = static_cast<reply<R>*>(fresh);
    capacity_ = capacity;
  }

  /// This is empty.
  void take(reply_list& other) noexcept {
    if (other.data_ != other.inside()) {
      data_ = std::exchange(other.data_, other.inside());
      capacity_ = std::exchange(other.capacity_, room);
    } else {
      for (std::size_t i = 0; i < other.size_; ++i) move(other.data_[i], data_ + i);
    }
    size_ = std::exchange(other.size_, 0);
    lender_ = std::exchange(other.lender_, nullptr);
  }

  void clear() noexcept {
    for (std::size_t i = size_; i-- > 0;) data_[i].~reply();
    deallocate();
    data_ = inside();
    capacity_ = room;
    size_ = 0;
    if (lender_) return_connections(*std::exchange(lender_, nullptr));
  }

  void deallocate() noexcept {
    if (data_ == inside()) return;
    if constexpr (over_aligned)
      ::operator delete(static_cast<void*>(data_), std::align_val_t(alignof(reply<R>)));
    else
      ::operator delete(static_cast<void*>(data_));
  }

  reply<R>* data_;
  std::size_t size_ = 0;
  std::size_t capacity_ = room;
  signal_state* lender_ = nullptr;  ///< null: no connection is borrowed
  alignas(reply<R>) unsigned char room_[room == 0 ? 1 : room * sizeof(reply<R>)];
};

}  // namespace detail

/// The answers to a send, in the order of the calls: a contiguous range of reply<R>.
/// Exceptions: std::out_of_range from `front`, `back` and `[]` if there is no such answer.
template <class R>
class replies {
 public:
  using value_type = reply<R>;

  const reply<R>* begin() const noexcept { return replies_.data(); }
  const reply<R>* end() const noexcept { return replies_.data() + size(); }
  reply<R>* begin() noexcept { return replies_.data(); }
  reply<R>* end() noexcept { return replies_.data() + size(); }
  const reply<R>* data() const noexcept { return replies_.data(); }
  reply<R>* data() noexcept { return replies_.data(); }
  std::size_t size() const noexcept { return replies_.size(); }
  bool empty() const noexcept { return size() == 0; }
  const reply<R>& operator[](std::size_t i) const { return data()[checked(i)]; }
  reply<R>& operator[](std::size_t i) { return data()[checked(i)]; }
  reply<R>& front() { return data()[checked(0)]; }
  reply<R>& back() { return data()[checked(size() - 1)]; }
  const reply<R>& front() const { return data()[checked(0)]; }
  const reply<R>& back() const { return data()[checked(size() - 1)]; }

  /// Just the values, copied; moved out of a temporary. References come as pointers.
  detail::values<R> values() const& {
    detail::values<R> result;
    for (const reply<R>& each : *this) result.add(each.value);
    return result;
  }
  detail::values<R> values() && {
    detail::values<R> result;
    for (reply<R>& each : *this) result.add(std::forward<R>(each.value));
    return result;
  }

  void add(connection receiver, R value) {
    replies_.add(std::move(receiver), std::forward<R>(value));
  }
  /// By a send of the signal, inside the receiver.
  void add(detail::signal_state& from, detail::receiver_slot& receiver, R value) {
    replies_.add(from, receiver, std::forward<R>(value));
  }

 private:
  std::size_t checked(std::size_t i) const {
    if (i >= size()) [[unlikely]]
      detail::throw_out_of_range(i, size());
    return i;
  }

  detail::reply_list<R> replies_;
};

/// The result of one receiver in send_robust: a value or an exception.
template <class R>
struct outcome {
  connection receiver;
  /// Empty if it threw. A reference is held as a pointer.
  std::conditional_t<std::is_reference_v<R>, std::remove_reference_t<R>*, std::optional<R>>
      result{};
  std::exception_ptr error;  ///< null if it did not

  bool ok() const noexcept { return error == nullptr; }
  explicit operator bool() const noexcept { return ok(); }

  /// Returns the value, or rethrows the exception.
  std::add_lvalue_reference_t<const R> value() const& {
    if (error) std::rethrow_exception(error);
    return *result;
  }
  std::add_lvalue_reference_t<R> value() & {
    if (error) std::rethrow_exception(error);
    return *result;
  }
  std::add_rvalue_reference_t<R> value() && {
    if (error) std::rethrow_exception(error);
    return static_cast<R&&>(*result);
  }
};

template <>
struct outcome<void> {
  connection receiver;
  std::exception_ptr error;

  bool ok() const noexcept { return error == nullptr; }
  explicit operator bool() const noexcept { return ok(); }

  void value() const {
    if (error) std::rethrow_exception(error);
  }
};

/// The result of each receiver, in the order of the calls.
template <class R>
class outcomes {
 public:
  using value_type = outcome<R>;

  const outcome<R>* begin() const noexcept { return outcomes_.begin(); }
  const outcome<R>* end() const noexcept { return outcomes_.end(); }
  outcome<R>* begin() noexcept { return outcomes_.begin(); }
  outcome<R>* end() noexcept { return outcomes_.end(); }
  const outcome<R>* data() const noexcept { return outcomes_.data(); }
  outcome<R>* data() noexcept { return outcomes_.data(); }
  std::size_t size() const noexcept { return outcomes_.size(); }
  bool empty() const noexcept { return outcomes_.empty(); }
  const outcome<R>& operator[](std::size_t i) const { return outcomes_[i]; }
  outcome<R>& operator[](std::size_t i) { return outcomes_[i]; }
  outcome<R>& front() { return outcomes_.front(); }
  outcome<R>& back() { return outcomes_.back(); }
  const outcome<R>& front() const { return outcomes_.front(); }
  const outcome<R>& back() const { return outcomes_.back(); }

  /// Whether no receiver threw.
  bool ok() const noexcept {
    for (const outcome<R>& each : outcomes_) {
      if (!each.ok()) return false;
    }
    return true;
  }

  void add(outcome<R> one) { outcomes_.add(std::move(one)); }

 private:
  detail::vector<outcome<R>> outcomes_;
};

}  // namespace aldis
