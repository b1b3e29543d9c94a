#include <aldis/templates/error.hpp>
#include <aldis/templates/object.hpp>

#include "python_operations.hpp"

#include <functional>

namespace aldis::templates {

cursor::~cursor() = default;
object::~object() = default;

std::string object::description() const { return std::string(type_name()) + " object"; }
std::optional<value> object::attribute(std::string_view, render_context&) const {
  return std::nullopt;
}
std::optional<value> object::item(const value&, render_context&) const { return std::nullopt; }
std::unique_ptr<cursor> object::iterate() const { return nullptr; }
std::optional<value> object::slice(const value&, const value&, const value&,
                                   render_context&) const {
  return std::nullopt;
}
std::optional<bool> object::contains(const value&, render_context&) const { return std::nullopt; }

value object::call(const arguments&) const {
  fail(error_kind::type, "'" + std::string(type_name()) + "' object is not callable");
}

void object::append_text(std::string& out, render_context& context) const {
  append_repr(out, context);
}
void object::append_repr(std::string& out, render_context&) const {
  out.append("<").append(type_name()).append(" object>");
}

bool object::equals(const value& other) const { return other.shared() == this; }
std::optional<int> object::compare(const value&) const { return std::nullopt; }
std::size_t object::hash() const { return std::hash<const void*>()(this); }

}  // namespace aldis::templates
