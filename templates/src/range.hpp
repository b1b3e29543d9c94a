#pragma once

#include <aldis/templates/object.hpp>

#include "slice_indices.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace aldis::templates::detail {

/// `range(begin, end, step)`: computes its numbers on demand.
class range_object final : public object {
 public:
  range_object(std::int64_t begin, std::int64_t end, std::int64_t step) noexcept;

  std::string_view type_name() const noexcept override { return "range"; }
  std::optional<value> attribute(std::string_view name, render_context& context) const override;
  std::optional<value> item(const value& key, render_context& context) const override;
  std::optional<value> slice(const value& begin, const value& end, const value& step,
                             render_context& context) const override;
  bool is_sequence() const noexcept override { return true; }
  std::optional<std::size_t> size() const override { return count_; }
  bool is_iterable() const override { return true; }
  std::unique_ptr<cursor> iterate() const override;
  std::optional<bool> contains(const value& what, render_context& context) const override;
  void append_repr(std::string& out, render_context& context) const override;
  bool equals(const value& other) const override;
  std::size_t hash() const override;

  std::int64_t at(std::size_t index) const noexcept;
  /// The same numbers in reverse order.
  reference<range_object> reversed() const;

 private:
  range_object(std::int64_t begin, wide_integer end, std::int64_t step, std::size_t count) noexcept
      : begin_(begin), end_(end), step_(step), count_(count) {}

  std::int64_t begin_;
  wide_integer end_;  // the end of a slice may be just beyond 64 bits
  std::int64_t step_;
  std::size_t count_;
};

}  // namespace aldis::templates::detail
