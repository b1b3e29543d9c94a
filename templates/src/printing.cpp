// str() and repr()

#include <aldis/templates/dict.hpp>

#include "heap_values.hpp"
#include "memory.hpp"
#include "python_operations.hpp"
#include "text/numbers.hpp"
#include "text/quote.hpp"

namespace aldis::templates::detail {

namespace {

/// Printing an undefined value: strict ones fail, debug ones print their description.
void append_undefined_text(std::string& out, const value& of) {
  const undefined_node& what = undefined_of(of);
  if (what.policy == undefined_policy::strict) fail_undefined(of);
  if (what.policy != undefined_policy::debug) return;
  out += "{{ ";
  if (!what.hint.empty()) {
    out.append("undefined value printed: ").append(what.hint);
  } else if (what.owner.empty()) {
    if (what.name.is_text()) out += what.name.as_text();
  } else {
    out.append("no such element: ").append(what.owner).append("[");
    if (what.name.is_text()) {
      append_quoted(out, what.name.as_text());
    } else {
      out += what.key;
    }
    out += "]";
  }
  out += " }}";
}

void append_number(std::string& out, const value& of) {
  switch (of.kind()) {
    case value_kind::boolean:
      out += of.as_boolean() ? "True" : "False";
      break;
    case value_kind::integer:
      out += std::to_string(of.as_integer());
      break;
    default:
      out += float_text(of.as_floating());
  }
}

void append_items(std::string& out, const list& items, render_context& context) {
  bool first = true;
  for (const value& item : items) {
    if (!first) out += ", ";
    first = false;
    append_repr(out, item, context);
  }
}

void append_entries(std::string& out, const dict& entries, render_context& context) {
  bool first = true;
  for (const dict::entry& entry : entries) {
    if (!first) out += ", ";
    first = false;
    append_repr(out, entry.key, context);
    out += ": ";
    append_repr(out, entry.mapped, context);
  }
}

void append_container(std::string& out, const value& of, render_context& context) {
  const nesting_guard guard;
  switch (of.kind()) {
    case value_kind::list:
      out += "[";
      append_items(out, of.as_list(), context);
      out += "]";
      break;
    case value_kind::tuple:
      out += "(";
      append_items(out, of.as_tuple(), context);
      out += of.as_tuple().size() == 1 ? ",)" : ")";
      break;
    case value_kind::dict:
      out += "{";
      append_entries(out, of.as_dict(), context);
      out += "}";
      break;
    default:
      of.as_object().append_repr(out, context);
  }
}

}  // namespace

void append_text(std::string& out, const value& of, render_context& context) {
  switch (of.kind()) {
    case value_kind::undefined:
      append_undefined_text(out, of);
      break;
    case value_kind::text:
    case value_kind::markup:
      make_room(out, of.as_text().size(), context);
      out += of.as_text();
      break;
    case value_kind::object: {
      const nesting_guard guard;
      of.as_object().append_text(out, context);
      break;
    }
    default:
      append_repr(out, of, context);
  }
}

void append_repr(std::string& out, const value& of, render_context& context) {
  // The output and what the caller adds around it.
  constexpr std::size_t around = 32;
  const std::size_t size = of.is_text() ? quoted_size(of.as_text()) : 0;
  make_room(out, size + around, context);
  switch (of.kind()) {
    case value_kind::undefined:
      out += "Undefined";
      break;
    case value_kind::none:
      out += "None";
      break;
    case value_kind::boolean:
    case value_kind::integer:
    case value_kind::floating:
      append_number(out, of);
      break;
    case value_kind::text:
      append_quoted(out, of.as_text());
      break;
    case value_kind::markup:
      out += "Markup(";
      append_quoted(out, of.as_text());
      out += ")";
      break;
    default:
      append_container(out, of, context);
  }
}

std::string text_of(const value& of, render_context& context) {
  std::string text;
  append_text(text, of, context);
  return text;
}

}  // namespace aldis::templates::detail
