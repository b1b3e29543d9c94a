#pragma once

#include <aldis/templates/dict.hpp>
#include <aldis/templates/object.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aldis::templates::detail {

/// The result of a dict's keys(), values() or items(). Shows the current content of the dict.
class dict_view final : public object {
 public:
  enum class part { keys, values, items };

  dict_view(value of, part shown) : of_(std::move(of)), shown_(shown) {}

  std::string_view type_name() const noexcept override;
  std::optional<std::size_t> size() const override { return of_.as_dict().size(); }
  bool is_iterable() const override { return true; }
  std::unique_ptr<cursor> iterate() const override;
  std::optional<bool> contains(const value& what, render_context& context) const override;
  bool equals(const value& other) const override;
  void traverse(std::vector<const value*>& into) const override { into.push_back(&of_); }
  void append_repr(std::string& out, render_context& context) const override;

  const dict& entries() const noexcept { return of_.as_dict(); }
  value shown(const dict::entry& entry) const;

 private:
  value of_;
  part shown_;
};

}  // namespace aldis::templates::detail
