#pragma once

// The syntax tree of a template. The parser builds it and the resolver assigns slots to its names;
// from then on it is immutable, and renders evaluate it.

#include <aldis/templates/value.hpp>

#include "token.hpp"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace aldis::templates::detail {

class frame;
class output;

enum class node_kind : unsigned char {
  // Expressions
  constant,
  name,
  name_reference,
  attribute,
  item,
  slice,
  call,
  filter,
  test,
  tuple,
  list,
  dict,
  unary,
  binary,
  concatenation,
  comparison,
  condition,
  repeated,
  marked_safe,
  tag_body,
  // Statements
  output,
  loop,
  branch,
  macro,
  call_block,
  filter_block,
  with,
  assignment,
  block_assignment,
  scope,
  block,
  extends,
  include,
  import,
  from_import,
  evaluation,
  loop_control,
  autoescape,
};

struct node {
  explicit node(node_kind what, position where) noexcept : kind(what), at(where) {}
  node(const node&) = delete;
  node& operator=(const node&) = delete;
  virtual ~node() = default;

  /// The child nodes, in Jinja's order.
  virtual void children(std::vector<node*>& into) const = 0;

  const node_kind kind;
  position at;
};

struct expression : node {
  using node::node;

  virtual value evaluate(frame& in) const = 0;
  /// Returns a reference to an existing value, or to a new one in `scratch`. Valid until the next
  /// evaluation.
  virtual const value& evaluate_ref(frame& in, value& scratch) const {
    scratch = evaluate(in);
    return scratch;
  }
  /// Writes it as `{{ ... }}` does.
  virtual void print(frame& in, bool escapes) const;

  std::size_t depth = 1;  // of this subtree
};
using expression_pointer = std::unique_ptr<expression>;
using expressions = std::vector<expression_pointer>;

/// How a statement ends.
enum class flow : unsigned char { normal, continue_loop, break_loop };

struct statement : node {
  using node::node;

  virtual flow execute(frame& in) const = 0;
};
using body = std::vector<std::unique_ptr<statement>>;

/// Whether output is escaped; `dynamic`: decided by the render.
enum class escaping : unsigned char { no, yes, dynamic };

/// Where a variable is stored: in the frame `up` functions further out.
struct slot {
  std::uint32_t up = 0;
  std::uint32_t number = 0;
};

/// How to initialize a variable when its scope begins.
struct slot_load {
  enum class action : unsigned char { resolve, copy, clear };
  action what;
  std::uint32_t number;
  slot from;         // copy
  std::string name;  // resolve
};

/// The variables to load in a scope.
struct scope_names {
  std::vector<slot_load> once;  // when the scope begins; for a loop, before its first iteration
  std::vector<slot_load> each;  // for a loop, before each iteration
};
/// The variables visible to an include, import or scoped block.
using visible_names = std::vector<std::pair<std::string, slot>>;

/// The frame layout of what Jinja compiles to a Python function: a template, a block, a macro, a
/// recursive loop.
struct function_layout {
  std::uint32_t slots = 0;
  scope_names names;
};

constexpr std::uint32_t no_slot = std::numeric_limits<std::uint32_t>::max();

// Expressions

struct constant_expression final : expression {
  constant_expression(position where, value what)
      : expression(node_kind::constant, where), constant(std::move(what)) {}
  void children(std::vector<node*>&) const override {}
  value evaluate(frame&) const override { return constant; }
  const value& evaluate_ref(frame&, value&) const override { return constant; }
  value constant;
};

enum class name_use : unsigned char { load, store, parameter };

struct name_expression final : expression {
  name_expression(position where, std::string what, name_use how)
      : expression(node_kind::name, where), name(std::move(what)), use(how) {}
  void children(std::vector<node*>&) const override {}
  value evaluate(frame& in) const override;
  const value& evaluate_ref(frame& in, value& scratch) const override;
  void print(frame& in, bool escapes) const override;
  std::string name;
  name_use use;
  slot variable;
  bool exported = false;  // a store at the top level
};

/// `namespace.attribute` as a target.
struct name_reference final : expression {
  name_reference(position where, std::string what, std::string which)
      : expression(node_kind::name_reference, where),
        name(std::move(what)),
        attribute(std::move(which)) {}
  void children(std::vector<node*>&) const override {}
  value evaluate(frame& in) const override;
  std::string name;
  std::string attribute;
  slot variable;
};

struct attribute_expression final : expression {
  attribute_expression(position where, expression_pointer of, std::string what);
  void children(std::vector<node*>& into) const override { into.push_back(owner.get()); }
  value evaluate(frame& in) const override;
  const value& evaluate_ref(frame& in, value& scratch) const override;
  void print(frame& in, bool escapes) const override;
  expression_pointer owner;
  std::string attribute;
  /// Whether a dict has a method of this name. Otherwise the keys are searched first.
  bool names_dict_method;
};

struct item_expression final : expression {
  item_expression(position where, expression_pointer of, expression_pointer by)
      : expression(node_kind::item, where), owner(std::move(of)), key(std::move(by)) {}
  void children(std::vector<node*>& into) const override {
    into.push_back(owner.get());
    into.push_back(key.get());
  }
  value evaluate(frame& in) const override;
  expression_pointer owner;
  expression_pointer key;
};

struct slice_expression final : expression {
  slice_expression(position where, expression_pointer from, expression_pointer to,
                   expression_pointer by)
      : expression(node_kind::slice, where),
        begin(std::move(from)),
        end(std::move(to)),
        step(std::move(by)) {}
  void children(std::vector<node*>& into) const override {
    for (expression* const each : {begin.get(), end.get(), step.get()}) {
      if (each) into.push_back(each);
    }
  }
  value evaluate(frame& in) const override;
  expression_pointer begin;  // null if omitted
  expression_pointer end;
  expression_pointer step;
};

struct keyword {
  std::string name;
  expression_pointer argument;
};

struct call_arguments {
  expressions positional;
  std::vector<keyword> keywords;
  expression_pointer more_positional;  // *x
  expression_pointer more_keywords;    // **x

  bool plain() const noexcept { return keywords.empty() && !more_positional && !more_keywords; }
  void children(std::vector<node*>& into) const;
};

struct call_expression final : expression {
  call_expression(position where, expression_pointer what, call_arguments args)
      : expression(node_kind::call, where), callee(std::move(what)), arguments(std::move(args)) {}
  void children(std::vector<node*>& into) const override {
    into.push_back(callee.get());
    arguments.children(into);
  }
  value evaluate(frame& in) const override;
  void print(frame& in, bool escapes) const override;
  value call(frame& in, const value* caller) const;
  expression_pointer callee;
  call_arguments arguments;
};

/// A filter or test. The operand of a filter block is the output of the block.
struct filter_expression final : expression {
  filter_expression(node_kind what, position where, expression_pointer of, std::string called,
                    call_arguments args)
      : expression(what, where),
        operand(std::move(of)),
        name(std::move(called)),
        arguments(std::move(args)) {}
  void children(std::vector<node*>& into) const override {
    if (operand) into.push_back(operand.get());
    arguments.children(into);
  }
  value evaluate(frame& in) const override;
  /// Uses `first` as the innermost operand, which is missing.
  value evaluate_for(frame& in, const value& innermost) const;
  value apply(frame& in, const value& to) const;
  expression_pointer operand;
  std::string name;
  call_arguments arguments;
  value function;
  bool known = false;  // an unknown one is an error when it is used
};

struct sequence_expression final : expression {  // tuple or list
  sequence_expression(node_kind what, position where, expressions of)
      : expression(what, where), items(std::move(of)) {}
  void children(std::vector<node*>& into) const override {
    for (const auto& each : items) into.push_back(each.get());
  }
  value evaluate(frame& in) const override;
  expressions items;
};

struct dict_expression final : expression {
  explicit dict_expression(position where) : expression(node_kind::dict, where) {}
  void children(std::vector<node*>& into) const override {
    for (const auto& [key, mapped] : entries) {
      into.push_back(key.get());
      into.push_back(mapped.get());
    }
  }
  value evaluate(frame& in) const override;
  std::vector<std::pair<expression_pointer, expression_pointer>> entries;
};

enum class unary_operator : unsigned char { logical_not, minus, plus };

struct unary_expression final : expression {
  unary_expression(position where, unary_operator what, expression_pointer of)
      : expression(node_kind::unary, where), operation(what), operand(std::move(of)) {}
  void children(std::vector<node*>& into) const override { into.push_back(operand.get()); }
  value evaluate(frame& in) const override;
  unary_operator operation;
  expression_pointer operand;
};

enum class binary_operator : unsigned char {
  add,
  subtract,
  multiply,
  divide,
  floor_divide,
  modulo,
  power,
  logical_and,
  logical_or,
};

struct binary_expression final : expression {
  binary_expression(position where, binary_operator what, expression_pointer a,
                    expression_pointer b)
      : expression(node_kind::binary, where),
        operation(what),
        left(std::move(a)),
        right(std::move(b)) {}
  void children(std::vector<node*>& into) const override {
    into.push_back(left.get());
    into.push_back(right.get());
  }
  value evaluate(frame& in) const override;
  binary_operator operation;
  expression_pointer left;
  expression_pointer right;
};

struct concatenation final : expression {
  concatenation(position where, expressions of)
      : expression(node_kind::concatenation, where), parts(std::move(of)) {}
  void children(std::vector<node*>& into) const override {
    for (const auto& each : parts) into.push_back(each.get());
  }
  value evaluate(frame& in) const override;
  expressions parts;
  escaping escapes = escaping::no;
};

/// Evaluates another expression of the same statement again.
struct repeated_expression final : expression {
  repeated_expression(position where, const expression& other)
      : expression(node_kind::repeated, where), of(other) {}
  void children(std::vector<node*>&) const override {}
  value evaluate(frame& in) const override { return of.evaluate(in); }
  const expression& of;
};

/// Marks the value as Markup where text is escaped.
struct marked_safe_expression final : expression {
  marked_safe_expression(position where, expression_pointer what)
      : expression(node_kind::marked_safe, where), of(std::move(what)) {}
  void children(std::vector<node*>& into) const override { into.push_back(of.get()); }
  value evaluate(frame& in) const override;
  expression_pointer of;
};

enum class comparison_operator : unsigned char { eq, ne, lt, lteq, gt, gteq, in, not_in };

struct comparison final : expression {
  struct step {
    comparison_operator operation;
    expression_pointer with;
  };
  comparison(position where, expression_pointer of, std::vector<step> then)
      : expression(node_kind::comparison, where), first(std::move(of)), steps(std::move(then)) {}
  void children(std::vector<node*>& into) const override {
    into.push_back(first.get());
    for (const step& each : steps) into.push_back(each.with.get());
  }
  value evaluate(frame& in) const override;
  expression_pointer first;
  std::vector<step> steps;
};

struct condition final : expression {
  condition(position where, expression_pointer if_so, expression_pointer a, expression_pointer b)
      : expression(node_kind::condition, where),
        test(std::move(if_so)),
        then(std::move(a)),
        otherwise(std::move(b)) {}
  void children(std::vector<node*>& into) const override {
    into.push_back(test.get());
    into.push_back(then.get());
    if (otherwise) into.push_back(otherwise.get());
  }
  value evaluate(frame& in) const override;
  expression_pointer test;
  expression_pointer then;
  expression_pointer otherwise;  // may be null
};

// Statements

/// A sequence of text and printed expressions.
struct output_statement final : statement {
  explicit output_statement(position where) : statement(node_kind::output, where) {}
  struct part {
    std::string text;         // if there is no expression; followed by `padding` bytes
    std::size_t size = 0;     // of the text
    expression_pointer what;  // may be null
    position at;
    escaping escapes = escaping::no;
  };
  void children(std::vector<node*>& into) const override {
    for (const part& each : parts) {
      if (each.what) into.push_back(each.what.get());
    }
  }
  flow execute(frame& in) const override;
  std::vector<part> parts;
  bool dropped = false;          // a parent prints instead
  bool unless_extended = false;  // a parent may print instead
};

/// The steps counted for executing a long piece of source, in addition to those of its statements.
using source_weight = std::uint64_t;
constexpr source_weight weight_of(std::size_t size) noexcept { return size / 16; }

struct loop_statement final : statement {
  explicit loop_statement(position where) : statement(node_kind::loop, where) {}
  void children(std::vector<node*>& into) const override;
  flow execute(frame& in) const override;
  /// Runs one level of a recursive loop, in a separate frame.
  void run(frame& around, value over_what, std::size_t at_depth, output& out) const;
  expression_pointer target;
  expression_pointer over;
  detail::body rounds;
  detail::body otherwise;
  expression_pointer test;  // may be null
  bool recursive = false;
  source_weight weight = 0;

  std::uint32_t loop_slot = no_slot;
  expression_pointer test_target;  // the target again, with the slots that the test uses
  scope_names names;
  scope_names otherwise_names;
  scope_names test_names;
  function_layout layout;  // of a recursive loop
  escaping escapes = escaping::no;
};

struct branch_statement final : statement {
  explicit branch_statement(position where) : statement(node_kind::branch, where) {}
  struct arm {
    expression_pointer test;
    detail::body then;
    position at;
  };
  void children(std::vector<node*>& into) const override;
  flow execute(frame& in) const override;
  std::vector<arm> arms;
  detail::body otherwise;
};

struct parameter {
  std::string name;
  expression_pointer otherwise;  // the default; may be null
  position at;
  std::uint32_t number = 0;
};

/// The common part of macros and call blocks.
struct macro_definition {
  std::vector<parameter> parameters;
  detail::body content;
  function_layout layout;
  std::uint32_t caller_slot = no_slot;
  std::uint32_t kwargs_slot = no_slot;
  std::uint32_t varargs_slot = no_slot;
  bool names_caller = false;  // a parameter is named caller
  source_weight weight = 0;
};

/// The body of a tag added by add_tag(), as an argument of its function.
struct tag_body_expression final : expression {
  explicit tag_body_expression(position where) : expression(node_kind::tag_body, where) {}
  void children(std::vector<node*>& into) const override;
  value evaluate(frame& in) const override;
  macro_definition definition;
};

struct macro_statement final : statement {
  explicit macro_statement(position where) : statement(node_kind::macro, where) {}
  void children(std::vector<node*>& into) const override;
  flow execute(frame& in) const override;
  std::string name;
  macro_definition definition;
  slot variable;
  bool exported = false;
};

struct call_block_statement final : statement {
  explicit call_block_statement(position where) : statement(node_kind::call_block, where) {}
  void children(std::vector<node*>& into) const override;
  flow execute(frame& in) const override;
  std::unique_ptr<call_expression> call;
  macro_definition definition;
};

struct filter_block_statement final : statement {
  explicit filter_block_statement(position where) : statement(node_kind::filter_block, where) {}
  void children(std::vector<node*>& into) const override;
  flow execute(frame& in) const override;
  std::unique_ptr<filter_expression> filter;
  detail::body content;
  scope_names names;
  escaping escapes = escaping::no;
};

struct with_statement final : statement {
  explicit with_statement(position where) : statement(node_kind::with, where) {}
  void children(std::vector<node*>& into) const override;
  flow execute(frame& in) const override;
  expressions targets;
  expressions values;
  detail::body content;
  scope_names names;
};

struct assignment final : statement {
  explicit assignment(position where) : statement(node_kind::assignment, where) {}
  void children(std::vector<node*>& into) const override {
    into.push_back(target.get());
    into.push_back(source.get());
  }
  flow execute(frame& in) const override;
  expression_pointer target;
  expression_pointer source;
};

struct block_assignment final : statement {
  explicit block_assignment(position where) : statement(node_kind::block_assignment, where) {}
  void children(std::vector<node*>& into) const override;
  flow execute(frame& in) const override;
  expression_pointer target;
  std::unique_ptr<filter_expression> filter;  // may be null
  detail::body content;
  scope_names names;
  escaping escapes = escaping::no;
};

struct block_statement final : statement {
  explicit block_statement(position where) : statement(node_kind::block, where) {}
  void children(std::vector<node*>& into) const override;
  flow execute(frame& in) const override;
  std::string name;
  detail::body content;
  bool scoped = false;
  bool required = false;
  source_weight weight = 0;

  function_layout layout;
  std::uint32_t self_slot = no_slot;
  std::uint32_t super_slot = no_slot;
  visible_names visible;  // if it is scoped
  bool dropped = false;   // prints nothing: at the top level of a template that extends another
  bool unless_extended = false;
};

struct extends_statement final : statement {
  explicit extends_statement(position where) : statement(node_kind::extends, where) {}
  void children(std::vector<node*>& into) const override { into.push_back(parent.get()); }
  flow execute(frame& in) const override;
  expression_pointer parent;
  bool second = false;  // another extends certainly ran before
};

struct include_statement final : statement {
  explicit include_statement(position where) : statement(node_kind::include, where) {}
  void children(std::vector<node*>& into) const override { into.push_back(what.get()); }
  flow execute(frame& in) const override;
  expression_pointer what;
  bool ignore_missing = false;
  bool with_context = true;
  visible_names visible;
};

struct import_statement final : statement {
  explicit import_statement(position where) : statement(node_kind::import, where) {}
  void children(std::vector<node*>& into) const override { into.push_back(what.get()); }
  flow execute(frame& in) const override;
  expression_pointer what;
  std::string target;
  bool with_context = false;
  visible_names visible;
  slot variable;
  bool exported = false;
};

struct from_import_statement final : statement {
  explicit from_import_statement(position where) : statement(node_kind::from_import, where) {}
  void children(std::vector<node*>& into) const override { into.push_back(what.get()); }
  flow execute(frame& in) const override;
  struct imported_name {
    std::string name;
    std::string alias;
    slot variable;
  };
  expression_pointer what;
  std::vector<imported_name> names;
  bool with_context = false;
  visible_names visible;
  bool exported = false;
};

struct evaluation_statement final : statement {  // {% do ... %}
  explicit evaluation_statement(position where) : statement(node_kind::evaluation, where) {}
  void children(std::vector<node*>& into) const override { into.push_back(what.get()); }
  flow execute(frame& in) const override;
  expression_pointer what;
};

struct loop_control_statement final : statement {  // break and continue
  loop_control_statement(position where, flow how)
      : statement(node_kind::loop_control, where), then(how) {}
  void children(std::vector<node*>&) const override {}
  flow execute(frame&) const override { return then; }
  flow then;
};

struct autoescape_statement final : statement {
  explicit autoescape_statement(position where) : statement(node_kind::autoescape, where) {}
  void children(std::vector<node*>& into) const override;
  flow execute(frame& in) const override;
  expression_pointer option;
  detail::body content;
  scope_names names;
};

}  // namespace aldis::templates::detail
