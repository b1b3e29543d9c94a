#include <aldis/templates/function.hpp>

#include "bind_arguments.hpp"
#include "bound_function.hpp"
#include "python_operations.hpp"

#include <string>
#include <utility>
#include <vector>

namespace aldis::templates {

namespace {

class named_function final : public object {
 public:
  named_function(std::string_view name, native_function function)
      : name_(name), function_(function) {}

  std::string_view type_name() const noexcept override { return "function"; }
  bool is_callable() const noexcept override { return true; }
  value call(const arguments& args) const override {
    // Built-in functions read each character of their arguments.
    for (const value& each : args.positional()) detail::count_text_of(each);
    for (const keyword_argument& each : args.keywords()) detail::count_text_of(each.argument);
    return function_(args);
  }
  void append_repr(std::string& out, render_context&) const override {
    out.append("<function ").append(name_).append(">");
  }

 private:
  std::string name_;
  native_function function_;
};

class bound_function final : public object {
 public:
  bound_function(value self, std::string_view name, detail::method_function function)
      : self_(std::move(self)), name_(name), function_(function) {}

  std::string_view type_name() const noexcept override { return "method"; }
  bool is_callable() const noexcept override { return true; }
  value call(const arguments& args) const override { return function_(self_, args); }
  void traverse(std::vector<const value*>& into) const override { into.push_back(&self_); }
  void append_repr(std::string& out, render_context&) const override {
    out.append("<bound method ").append(name_).append(">");
  }

 private:
  value self_;
  std::string_view name_;
  detail::method_function function_;
};

}  // namespace

value make_function(std::string_view name, native_function function) {
  return value(detail::reference(new named_function(name, function)));
}

namespace detail {

value bind_method(const value& self, std::string_view name, method_function function) {
  return value(reference(new bound_function(self, name, function)));
}

argument_binder::argument_binder(const arguments& args, std::size_t parameters,
                                 std::size_t required, const std::vector<std::string>& names,
                                 const value** bound) {
  std::vector<std::string> all = names;
  // A parameter without a name cannot be passed by keyword.
  for (std::size_t i = all.size(); i < parameters; ++i) {
    all.push_back("argument " + std::to_string(i + 1));
  }
  const std::vector<std::string_view> views(all.begin(), all.end());
  bind_arguments(args, "function", std::span(views).first(parameters), required, bound);
}

void fail_argument(std::size_t number, const conversion_failure& why) {
  fail(error_kind::type, "argument " + std::to_string(number) + ": " + why.message());
}

}  // namespace detail

}  // namespace aldis::templates
