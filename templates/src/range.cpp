#include "range.hpp"

#include <aldis/templates/error.hpp>

#include "keyed_hash.hpp"
#include "python_operations.hpp"

#include <limits>
#include <utility>

namespace aldis::templates::detail {

namespace {

/// The number of items. A difference of 64-bit numbers needs 65 bits; unsigned arithmetic wraps to
/// the right result.
std::size_t size_of_range(std::int64_t begin, std::int64_t end, std::int64_t step) noexcept {
  const auto from = static_cast<std::uint64_t>(begin);
  const auto to = static_cast<std::uint64_t>(end);
  if (step > 0 && begin < end) return (to - from - 1) / static_cast<std::uint64_t>(step) + 1;
  if (step < 0 && begin > end) return (from - to - 1) / (0 - static_cast<std::uint64_t>(step)) + 1;
  return 0;
}

class range_cursor final : public cursor {
 public:
  explicit range_cursor(reference<const range_object> of) : of_(std::move(of)) {}
  bool next(value& item, render_context&) override {
    if (index_ >= *of_->size()) return false;
    item = value(of_->at(index_++));
    return true;
  }

 private:
  reference<const range_object> of_;
  std::size_t index_ = 0;
};

}  // namespace

range_object::range_object(std::int64_t begin, std::int64_t end, std::int64_t step) noexcept
    : begin_(begin), end_(end), step_(step), count_(size_of_range(begin, end, step)) {}

std::int64_t range_object::at(std::size_t index) const noexcept {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(begin_) +
                                   static_cast<std::uint64_t>(step_) * index);
}

namespace {

std::int64_t checked(wide_integer number) {
  const auto narrow = static_cast<std::int64_t>(number);
  if (narrow != number) fail_overflow();
  return narrow;
}

}  // namespace

std::optional<value> range_object::attribute(std::string_view name, render_context&) const {
  if (name == "start") return value(begin_);
  if (name == "stop") return value(checked(end_));
  if (name == "step") return value(step_);
  return std::nullopt;
}

std::optional<value> range_object::item(const value& key, render_context&) const {
  if (!key.is_integral()) return std::nullopt;
  const std::int64_t number = key.as_integer();
  std::size_t index = static_cast<std::size_t>(number);
  if (number < 0) index += count_;
  if (index >= count_) return std::nullopt;
  return value(at(index));
}

std::optional<value> range_object::slice(const value& begin, const value& end, const value& step,
                                         render_context&) const {
  const slice_indices taken = indices_of(count_, begin, end, step);
  std::int64_t by = 0;
  if (__builtin_mul_overflow(step_, taken.step, &by)) {
    fail(error_kind::overflow, "the step of the range does not fit into 64 bits");
  }
  const std::int64_t first = checked(begin_ + taken.first * step_);
  return value(reference(new range_object(first, begin_ + taken.end * step_, by, taken.count)));
}

reference<range_object> range_object::reversed() const {
  if (count_ < 2)
    return reference(new range_object(begin_, begin_ + wide_integer(count_), 1, count_));
  if (step_ == std::numeric_limits<std::int64_t>::min()) {
    fail(error_kind::overflow, "the step of the range does not fit into 64 bits");
  }
  return reference(
      new range_object(at(count_ - 1), static_cast<wide_integer>(begin_) - step_, -step_, count_));
}

std::unique_ptr<cursor> range_object::iterate() const {
  return std::make_unique<range_cursor>(reference<const range_object>::share(*this));
}

std::optional<bool> range_object::contains(const value& what, render_context&) const {
  if (!what.is_number() || count_ == 0) return false;
  std::int64_t number = 0;
  if (what.is(value_kind::floating)) {
    const double wanted = what.as_floating();
    if (!(wanted >= -9.2e18 && wanted <= 9.2e18)) return false;
    number = static_cast<std::int64_t>(wanted);
    if (static_cast<double>(number) != wanted) return false;
  } else {
    number = what.as_integer();
  }
  const std::int64_t last = at(count_ - 1);
  if (step_ > 0 ? number < begin_ || number > last : number > begin_ || number < last) return false;
  const auto distance =
      step_ > 0 ? static_cast<std::uint64_t>(number) - static_cast<std::uint64_t>(begin_)
                : static_cast<std::uint64_t>(begin_) - static_cast<std::uint64_t>(number);
  const auto step =
      step_ > 0 ? static_cast<std::uint64_t>(step_) : 0 - static_cast<std::uint64_t>(step_);
  return distance % step == 0;
}

void range_object::append_repr(std::string& out, render_context&) const {
  out.append("range(").append(std::to_string(begin_)).append(", ");
  const wide_integer size = end_ < 0 ? -end_ : end_;
  if (end_ < 0) out += '-';
  constexpr wide_integer half = 10'000'000'000;
  if (size >= half) out += std::to_string(static_cast<std::uint64_t>(size / half));
  std::string rest = std::to_string(static_cast<std::uint64_t>(size % half));
  if (size >= half) rest.insert(0, 10 - rest.size(), '0');
  out += rest;
  if (step_ != 1) out.append(", ").append(std::to_string(step_));
  out.append(")");
}

bool range_object::equals(const value& other) const {
  const auto* const range = other.as<range_object>();
  if (!range || range->count_ != count_) return false;
  if (count_ == 0) return true;
  return range->begin_ == begin_ && (count_ == 1 || range->step_ == step_);
}

std::size_t range_object::hash() const {
  if (count_ == 0) return 0;
  return (keyed_hash(static_cast<std::uint64_t>(begin_)) ^ count_) * 0x9e3779b97f4a7c15U ^
         (count_ == 1 ? 0 : static_cast<std::uint64_t>(step_));
}

}  // namespace aldis::templates::detail
