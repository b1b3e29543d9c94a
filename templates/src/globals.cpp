// range, dict, lipsum, cycler, joiner, namespace

#include <aldis/templates/arguments.hpp>
#include <aldis/templates/error.hpp>
#include <aldis/templates/function.hpp>
#include <aldis/templates/render_context.hpp>

#include "bind_arguments.hpp"
#include "bound_function.hpp"
#include "builtins.hpp"
#include "heap_values.hpp"
#include "memory.hpp"
#include "python_operations.hpp"
#include "random.hpp"
#include "range.hpp"
#include "render/namespace_object.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace aldis::templates::detail {

void namespace_object::append_repr(std::string& out, render_context& context) const {
  out.append("<Namespace ");
  const nesting_guard deeper;
  detail::append_repr(out, value(attributes_), context);
  out.append(">");
}

void namespace_object::traverse(std::vector<const value*>& into) const {
  for (const dict::entry& each : attributes_) into.push_back(&each.mapped);
}

namespace {

/// Python's dict(...): a mapping or pairs, then keyword arguments.
dict make_dict(const arguments& args, std::string_view function) {
  dict result;
  render_context& context = args.context();
  if (args.positional().size() > 1) {
    fail(error_kind::type, std::string(function) + " expected at most 1 argument, got " +
                               std::to_string(args.positional().size()));
  }
  if (!args.positional().empty()) {
    const value& from = args.positional().front();
    if (from.is_undefined()) fail_undefined(from);
    if (from.is(value_kind::dict)) {
      context.count_memory(from.as_dict().size() * copied_key_bytes);
      result = from.as_dict();
    } else {
      iteration pairs(from, context);
      std::size_t number = 0;
      for (value each; pairs.next(each); ++number) {
        if (!each.is_undefined() && !is_iterable(each)) {
          fail(error_kind::type, "cannot convert dictionary update sequence element #" +
                                     std::to_string(number) + " to a sequence");
        }
        const list pair = items_of(each, context);
        if (pair.size() != 2) {
          fail(error_kind::value, "dictionary update sequence element #" + std::to_string(number) +
                                      " has length " + std::to_string(pair.size()) +
                                      "; 2 is required");
        }
        set_entry(result, pair[0], pair[1], context);
      }
    }
  }
  for (const keyword_argument& each : args.keywords()) result[each.name] = each.argument;
  context.count_memory(args.keywords().size() * sizeof(dict::entry) + sizeof(dict_node));
  return result;
}

value global_dict(const arguments& args) { return value(make_dict(args, "dict")); }

value global_namespace(const arguments& args) {
  return value(reference(new namespace_object(make_dict(args, "dict"))));
}

value global_range(const arguments& args) {
  const auto positional = args.positional();
  if (!args.keywords().empty()) fail(error_kind::type, "range() takes no keyword arguments");
  if (positional.empty()) fail(error_kind::type, "range expected at least 1 argument, got 0");
  if (positional.size() > 3) {
    fail(error_kind::type,
         "range expected at most 3 arguments, got " + std::to_string(positional.size()));
  }
  const bool only_end = positional.size() == 1;
  const std::int64_t begin = only_end ? 0 : integer_of(positional[0]);
  const std::int64_t end = integer_of(positional[only_end ? 0 : 1]);
  const std::int64_t step = positional.size() == 3 ? integer_of(positional[2]) : 1;
  if (step == 0) fail(error_kind::value, "range() arg 3 must not be zero");
  return value(reference(new range_object(begin, end, step)));
}

class cycler_object final : public object {
 public:
  explicit cycler_object(list items) : items_(std::move(items)) {}

  std::string_view type_name() const noexcept override { return "Cycler"; }
  std::string description() const override { return "jinja2.utils.Cycler object"; }
  std::optional<value> attribute(std::string_view name, render_context& context) const override {
    if (name == "current") return items_[index_];
    if (name == "pos") return value(index_);
    if (name == "items") {
      context.count_memory(items_.size() * sizeof(value));
      return value(tuple{items_});
    }
    if (name == "next") return bind_method(self(), "next", next);
    if (name == "reset") return bind_method(self(), "reset", reset);
    return std::nullopt;
  }
  void traverse(std::vector<const value*>& into) const override {
    for (const value& each : items_) into.push_back(&each);
  }

 private:
  value self() const {
    return value(reference<cycler_object>::share(const_cast<cycler_object&>(*this)));
  }
  static cycler_object& of(const value& self) {
    return static_cast<cycler_object&>(self.as_object());
  }
  static void expect_nothing(const arguments& args, std::string_view name) {
    if (args.positional().empty() && args.keywords().empty()) return;
    fail(error_kind::type,
         "Cycler." + std::string(name) + "() takes 1 positional argument but more were given");
  }
  static value next(const value& self, const arguments& args) {
    expect_nothing(args, "next");
    cycler_object& cycler = of(self);
    value result = cycler.items_[cycler.index_];
    cycler.index_ = (cycler.index_ + 1) % cycler.items_.size();
    return result;
  }
  static value reset(const value& self, const arguments& args) {
    expect_nothing(args, "reset");
    of(self).index_ = 0;
    return {};
  }

  list items_;
  std::size_t index_ = 0;
};

value global_cycler(const arguments& args) {
  if (!args.keywords().empty()) {
    fail(error_kind::type, "Cycler.__init__() got an unexpected keyword argument '" +
                               std::string(args.keywords().front().name) + "'");
  }
  if (args.positional().empty()) {
    fail(error_kind::python_runtime, "at least one item has to be provided");
  }
  args.context().count_memory(args.positional().size() * sizeof(value) + block_overhead);
  return value(
      reference(new cycler_object(list(args.positional().begin(), args.positional().end()))));
}

class joiner_object final : public object {
 public:
  explicit joiner_object(value separator) : separator_(std::move(separator)) {}

  std::string_view type_name() const noexcept override { return "Joiner"; }
  std::string description() const override { return "jinja2.utils.Joiner object"; }
  bool is_callable() const noexcept override { return true; }
  value call(const arguments& args) const override {
    if (!args.positional().empty() || !args.keywords().empty()) {
      fail(error_kind::type, "Joiner.__call__() takes 1 positional argument but more were given");
    }
    return std::exchange(used_, true) ? separator_ : value("");
  }
  std::optional<value> attribute(std::string_view name, render_context&) const override {
    if (name == "sep") return separator_;
    if (name == "used") return value(used_);
    return std::nullopt;
  }
  void traverse(std::vector<const value*>& into) const override { into.push_back(&separator_); }

 private:
  value separator_;
  mutable bool used_ = false;  // not synchronized: a joiner belongs to one render
};

value global_joiner(const arguments& args) {
  const auto [separator] = bind_arguments<1>(args, "Joiner.__init__", {"sep"}, 0);
  return value(reference(new joiner_object(separator ? *separator : value(", "))));
}

constexpr std::string_view lorem_ipsum[] = {
    "a",         "ac",        "accumsan",  "ad",        "adipiscing", "aenean",    "aliquam",
    "aliquet",   "amet",      "ante",      "aptent",    "arcu",       "at",        "auctor",
    "augue",     "bibendum",  "blandit",   "class",     "commodo",    "congue",    "consectetuer",
    "consequat", "conubia",   "convallis", "cras",      "cubilia",    "curae",     "cursus",
    "dapibus",   "diam",      "dictum",    "dignissim", "dis",        "dolor",     "donec",
    "dui",       "duis",      "egestas",   "eget",      "eleifend",   "elementum", "elit",
    "enim",      "erat",      "eros",      "est",       "et",         "etiam",     "eu",
    "euismod",   "facilisis", "fames",     "faucibus",  "felis",      "fermentum", "feugiat",
    "fringilla", "fusce",     "gravida",   "habitant",  "hendrerit",  "hymenaeos", "iaculis",
    "id",        "imperdiet", "in",        "inceptos",  "integer",    "interdum",  "ipsum",
};

/// Random sentences, `least` to `most` words in total.
std::string lorem_paragraph(std::size_t words) {
  std::string result;
  std::string_view last;
  bool capital = true;
  std::size_t until_comma = 3 + random_below(6);
  std::size_t until_stop = 10 + random_below(11);
  for (std::size_t i = 0; i < words; ++i) {
    std::string_view word = last;
    while (word == last) word = lorem_ipsum[random_below(std::size(lorem_ipsum))];
    last = word;
    if (i > 0) result += ' ';
    result += word;
    if (capital) {
      char& first = result[result.size() - word.size()];
      first = static_cast<char>(first - 'a' + 'A');
      capital = false;
    }
    if (i + 1 == words) break;
    if (--until_stop == 0) {
      result += '.';
      capital = true;
      until_stop = 10 + random_below(11);
      until_comma = 3 + random_below(6);
    } else if (--until_comma == 0) {
      result += ',';
      until_comma = 3 + random_below(6);
    }
  }
  return result + '.';
}

value global_lipsum(const arguments& args) {
  const auto [n, html, min, max] =
      bind_arguments<4>(args, "generate_lorem_ipsum", {"n", "html", "min", "max"}, 0);
  const std::int64_t count = n ? integer_of(*n) : 5;
  const std::int64_t least = min ? integer_of(*min) : 20;
  const std::int64_t most = max ? integer_of(*max) : 100;
  if (least >= most || least < 0) {
    fail(error_kind::value, "lipsum: min must be less than max, and not negative");
  }
  const bool as_html = !html || truth(*html);
  std::string result;
  for (std::int64_t i = 0; i < count; ++i) {
    args.context().count_steps(static_cast<std::uint64_t>(most));
    const std::string paragraph = lorem_paragraph(static_cast<std::size_t>(
        least + static_cast<std::int64_t>(random_below(static_cast<std::size_t>(most - least)))));
    make_room(result, paragraph.size() + 16, args.context());
    if (i > 0) result += as_html ? "\n" : "\n\n";
    result += as_html ? "<p>" + paragraph + "</p>" : paragraph;
  }
  return value(as_html ? value_kind::markup : value_kind::text, result);
}

/// A class in Python: calling it makes an instance.
class class_object final : public object {
 public:
  class_object(std::string_view name, native_function make) : name_(name), make_(make) {}

  std::string_view type_name() const noexcept override { return "type"; }
  bool is_callable() const noexcept override { return true; }
  value call(const arguments& args) const override { return make_(args); }
  void append_repr(std::string& out, render_context&) const override {
    out.append("<class '").append(name_).append("'>");
  }

 private:
  std::string_view name_;  // a string literal
  native_function make_;
};

value make_class(std::string_view name, native_function make) {
  return value(reference(new class_object(name, make)));
}

}  // namespace

void add_globals(environment::names& globals) {
  globals["range"] = make_class("range", global_range);
  globals["dict"] = make_class("dict", global_dict);
  globals["lipsum"] = make_function("generate_lorem_ipsum", global_lipsum);
  globals["cycler"] = make_class("jinja2.utils.Cycler", global_cycler);
  globals["joiner"] = make_class("jinja2.utils.Joiner", global_joiner);
  globals["namespace"] = make_class("jinja2.utils.Namespace", global_namespace);
}

}  // namespace aldis::templates::detail
