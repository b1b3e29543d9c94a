#pragma once

#include <aldis/templates/object.hpp>
#include <aldis/web/value.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace aldis::web::detail {

void append_shown(std::string& to, const bytes& one);
void append_shown(std::string& to, const uuid& one);
void append_shown(std::string& to, const date_time& one);

/// A value of a type of this component, among those of templates.
template <class T>
class held_object : public templates::object {
 public:
  explicit held_object(T one) : held(std::move(one)) {}

  void append_text(std::string& out, templates::render_context&) const override {
    append_shown(out, held);
  }
  bool equals(const value& other) const override {
    const auto* const same = other.as<held_object>();
    return same && same->held == held;
  }

  const T held;
};

class bytes_object final : public held_object<bytes> {
 public:
  using held_object::held_object;
  std::string_view type_name() const noexcept override { return "bytes"; }
};
class uuid_object final : public held_object<uuid> {
 public:
  using held_object::held_object;
  std::string_view type_name() const noexcept override { return "UUID"; }
};
class date_time_object final : public held_object<date_time> {
 public:
  using held_object::held_object;
  std::string_view type_name() const noexcept override { return "datetime"; }
};

}  // namespace aldis::web::detail
