// tojson

#include "filters/json.hpp"

#include <aldis/templates/dict.hpp>

#include "filters/filters.hpp"
#include "filters/sorting.hpp"
#include "filters/stable_sort.hpp"
#include "memory.hpp"
#include "text/numbers.hpp"
#include "text/quote.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace aldis::templates::detail {

namespace {

/// Writes JSON as Python's json.dumps does.
class json_writer {
 public:
  json_writer(const json_options& options, render_context& context)
      : context_(context), options_(options) {
    if (options.separators) {
      between_ = options.separators->first;
      colon_ = options.separators->second;
    }
    const value* const indent = options.indent;
    if (!is_given(indent)) return;
    indented_ = true;
    if (!options.separators) between_ = ",";
    if (indent->is_text()) {
      append_indent(indent->as_text());
    } else if (!indent->is_integral()) {
      wrong_indent_ = indent;
    } else if (indent->as_integer() > 0) {
      context.count_memory(static_cast<std::uint64_t>(indent->as_integer()));
      indent_.assign(static_cast<std::size_t>(indent->as_integer()), ' ');
    }
  }

  void write(const value& of) {
    make_room(out_, 32, context_);
    switch (of.kind()) {
      case value_kind::none:
        out_ += "null";
        break;
      case value_kind::boolean:
        out_ += of.as_boolean() ? "true" : "false";
        break;
      case value_kind::integer:
        out_ += std::to_string(of.as_integer());
        break;
      case value_kind::floating:
        out_ += number_text(of.as_floating());
        break;
      case value_kind::text:
      case value_kind::markup:
        append_string(of.as_text());
        break;
      case value_kind::list:
      case value_kind::tuple:
        return write_list(of.as_items());
      case value_kind::dict:
        return write_dict(of.as_dict());
      default:
        fail(error_kind::type,
             "Object of type " + std::string(type_name(of)) + " is not JSON serializable");
    }
  }

  std::string take() { return std::move(out_); }

 private:
  void append_string(std::string_view text) {
    make_room(out_, json_string_size(text), context_);
    if (options_.ascii_for_markup) {
      append_json_string(out_, text);
    } else {
      append_plain_json_string(out_, text, options_.ensure_ascii);
    }
  }

  void append_indent(std::string_view text) {
    if (!options_.ascii_for_markup) {
      indent_ = text;
      return;
    }
    for (const char c : text) {
      if (c == '<' || c == '>' || c == '&' || c == '\'') {
        std::string quoted;
        append_json_string(quoted, {&c, 1});
        indent_ += quoted.substr(1, quoted.size() - 2);
      } else {
        indent_.push_back(c);
      }
    }
  }

  static std::string number_text(double number) {
    if (std::isnan(number)) return "NaN";
    if (std::isinf(number)) return number < 0 ? "-Infinity" : "Infinity";
    return float_text(number);
  }

  void begin_line() {
    if (!indented_) return;
    if (wrong_indent_) {
      fail(error_kind::type, "can't multiply sequence by non-int of type '" +
                                 std::string(type_name(*wrong_indent_)) + "'");
    }
    make_room(out_, 1 + depth_ * indent_.size(), context_);
    out_ += "\n";
    for (std::size_t i = 0; i < depth_; ++i) out_ += indent_;
  }
  void separate(bool first) {
    make_room(out_, between_.size() + colon_.size(), context_);
    if (!first) out_ += between_;
    begin_line();
  }

  void write_list(const list& items) {
    const nesting_guard guard;
    if (items.empty()) {
      out_ += "[]";
      return;
    }
    out_ += "[";
    ++depth_;
    bool first = true;
    for (const value& item : items) {
      separate(std::exchange(first, false));
      write(item);
    }
    --depth_;
    begin_line();
    out_ += "]";
  }

  std::string key_text(const value& key) const {
    switch (key.kind()) {
      case value_kind::none:
        return "null";
      case value_kind::boolean:
        return key.as_boolean() ? "true" : "false";
      case value_kind::integer:
        return std::to_string(key.as_integer());
      case value_kind::floating:
        return number_text(key.as_floating());
      case value_kind::text:
      case value_kind::markup:
        return std::string(key.as_text());
      default:
        fail(error_kind::type,
             "keys must be str, int, float, bool or None, not " + std::string(type_name(key)));
    }
  }

  void write_dict(const dict& entries) {
    const nesting_guard guard;
    if (entries.empty()) {
      out_ += "{}";
      return;
    }
    // The pointers to the entries, and the buffers of the sort.
    const scratch_memory orders(context_, 4 * sizeof(void*) * entries.size());
    std::vector<const dict::entry*> order;
    order.reserve(entries.size());
    for (const dict::entry& entry : entries) order.push_back(&entry);
    if (options_.sort_keys) {
      context_.count_steps(order.size() * static_cast<std::size_t>(std::bit_width(order.size())));
      stable_sort(order,
                  [](const dict::entry* a, const dict::entry* b) { return less(a->key, b->key); });
    }
    out_ += "{";
    ++depth_;
    bool first = true;
    for (const dict::entry* entry : order) {
      const std::string key = key_text(entry->key);
      separate(std::exchange(first, false));
      append_string(key);
      out_ += colon_;
      write(entry->mapped);
    }
    --depth_;
    begin_line();
    out_ += "}";
  }

  render_context& context_;
  const json_options& options_;
  std::string_view between_ = ", ";
  std::string_view colon_ = ": ";
  std::string out_;
  std::string indent_;
  bool indented_ = false;
  const value* wrong_indent_ = nullptr;  // reported only when the indent is used
  std::size_t depth_ = 0;
};

value filter_tojson(const arguments& args) {
  const auto [of, indent] = bind_arguments<2>(args, "do_tojson", {"value", "indent"}, 1, 1);
  const json_options options{.indent = indent,
                             .sort_keys = args.context().env().options().policies.json_sort_keys,
                             .ascii_for_markup = true};
  return {value_kind::markup, json_text(*of, args.context(), options)};
}

}  // namespace

std::string json_text(const value& of, render_context& context, const json_options& options) {
  json_writer writer(options, context);
  writer.write(of);
  return writer.take();
}

void add_json_filters(environment::names& filters) { add(filters, "tojson", filter_tojson); }

}  // namespace aldis::templates::detail
