#pragma once

#include <aldis/connection.hpp>
#include <aldis/detail/vector.hpp>
#include <aldis/fwd.hpp>

#include <cstddef>
#include <exception>
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

}  // namespace detail

/// The answers to a send, in the order of the calls: a contiguous range of reply<R>.
/// Exceptions: std::out_of_range from `front`, `back` and `[]` if there is no such answer.
template <class R>
class replies {
 public:
  using value_type = reply<R>;

  const reply<R>* begin() const noexcept { return replies_.begin(); }
  const reply<R>* end() const noexcept { return replies_.end(); }
  reply<R>* begin() noexcept { return replies_.begin(); }
  reply<R>* end() noexcept { return replies_.end(); }
  const reply<R>* data() const noexcept { return replies_.data(); }
  reply<R>* data() noexcept { return replies_.data(); }
  std::size_t size() const noexcept { return replies_.size(); }
  bool empty() const noexcept { return replies_.empty(); }
  const reply<R>& operator[](std::size_t i) const { return replies_[i]; }
  reply<R>& operator[](std::size_t i) { return replies_[i]; }
  reply<R>& front() { return replies_.front(); }
  reply<R>& back() { return replies_.back(); }
  const reply<R>& front() const { return replies_.front(); }
  const reply<R>& back() const { return replies_.back(); }

  /// Just the values, copied; moved out of a temporary. References come as pointers.
  detail::values<R> values() const& {
    detail::values<R> result;
    for (const reply<R>& each : replies_) result.add(each.value);
    return result;
  }
  detail::values<R> values() && {
    detail::values<R> result;
    for (reply<R>& each : replies_) result.add(std::forward<R>(each.value));
    return result;
  }

  void add(connection receiver, R value) {
    replies_.add(std::move(receiver), std::forward<R>(value));
  }

 private:
  detail::vector<reply<R>> replies_;
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
