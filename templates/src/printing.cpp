// How values are printed: str() and repr().

#include <aldis/templates/dict.hpp>

#include "heap_values.hpp"
#include "memory.hpp"
#include "python_operations.hpp"
#include "text/numbers.hpp"
#include "text/quote.hpp"

namespace aldis::templates::detail {

namespace {

/// What strict and debug undefined values do when they are printed is not what the others do.
void append_undefined_text(std::string& out, const value& of) {
  const undefined_node& what = undefined_of(of);
  if (what.behaviour == undefined_behaviour::strict) fail_undefined(of);
  if (what.behaviour != undefined_behaviour::debug) return;
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

void append_items(std::string& out, const list& items, evaluation& within) {
  bool first = true;
  for (const value& item : items) {
    if (!first) out += ", ";
    first = false;
    append_repr(out, item, within);
  }
}

void append_entries(std::string& out, const dict& entries, evaluation& within) {
  bool first = true;
  for (const dict::entry& entry : entries) {
    if (!first) out += ", ";
    first = false;
    append_repr(out, entry.key, within);
    out += ": ";
    append_repr(out, entry.mapped, within);
  }
}

void append_container(std::string& out, const value& of, evaluation& within) {
  const nesting_guard guard;
  switch (of.kind()) {
    case value_kind::list:
      out += "[";
      append_items(out, of.as_list(), within);
      out += "]";
      break;
    case value_kind::tuple:
      out += "(";
      append_items(out, of.as_tuple(), within);
      out += of.as_tuple().size() == 1 ? ",)" : ")";
      break;
    case value_kind::dict:
      out += "{";
      append_entries(out, of.as_dict(), within);
      out += "}";
      break;
    default:
      of.as_object().append_repr(out, within);
  }
}

}  // namespace

void append_text(std::string& out, const value& of, evaluation& within) {
  switch (of.kind()) {
    case value_kind::undefined:
      append_undefined_text(out, of);
      break;
    case value_kind::text:
    case value_kind::safe_text:
      make_room(out, of.as_text().size(), within);
      out += of.as_text();
      break;
    case value_kind::object: {
      const nesting_guard guard;
      of.as_object().append_text(out, within);
      break;
    }
    default:
      append_repr(out, of, within);
  }
}

void append_repr(std::string& out, const value& of, evaluation& within) {
  // What is written, and what the caller puts around it.
  constexpr std::size_t around = 32;
  const std::size_t size = of.is_text() ? quoted_size(of.as_text()) : 0;
  make_room(out, size + around, within);
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
    case value_kind::safe_text:
      out += "Markup(";
      append_quoted(out, of.as_text());
      out += ")";
      break;
    default:
      append_container(out, of, within);
  }
}

std::string text_of(const value& of, evaluation& within) {
  std::string text;
  append_text(text, of, within);
  return text;
}

}  // namespace aldis::templates::detail
