#include <aldis/templates/error.hpp>

#include "../python_operations.hpp"
#include "literals.hpp"
#include "program.hpp"
#include "symbols.hpp"
#include "syntax_error.hpp"

#include <algorithm>
#include <utility>

namespace aldis::templates::detail {

namespace {

/// The slots of one function.
struct function_scope {
  const function_scope* outer = nullptr;
  std::map<symbols::variable, std::uint32_t> numbers;

  std::uint32_t number(const symbols::variable& of) {
    return numbers.try_emplace(of, static_cast<std::uint32_t>(numbers.size())).first->second;
  }
};

/// The surroundings of a statement.
struct scope {
  symbols names;
  bool top_level = false;   // of the template: assignments here are exported
  bool root_level = false;  // at the top level and not inside a branch
  bool soft = false;        // may never run: unknown filters are errors only at run time
  bool checks_output = false;

  scope inner() const {
    scope result{symbols(&names)};
    result.checks_output = checks_output;
    return result;
  }
};

class resolver {
 public:
  explicit resolver(program& parsed)
      : program_(parsed),
        budget_(parsed.environment->options().limits),
        escapes_(mode(parsed.escapes)),
        known_escapes_(parsed.escapes) {}

  void run() {
    for (const auto& each : program_.content) find_blocks(*each);
    function_scope function;
    function_ = &function;
    scope root{symbols(budget_)};
    if (undeclared(program_.content, {"self"}).contains("self")) {
      root.names.declare_parameter("self");
      program_.self_slot = function.number(root.names.find("self"));
    }
    root.names.analyze(program_.content);
    root.top_level = root.root_level = true;
    root.checks_output = program_.extends;
    enter(root, program_.layout.names);
    resolve(program_.content, root);
    program_.layout.slots = size_of(function);

    for (block_statement* const each : blocks_) resolve_block(*each);
    function_ = nullptr;
  }

 private:
  static escaping mode(bool escapes) { return escapes ? escaping::yes : escaping::no; }
  static std::uint32_t size_of(const function_scope& function) {
    return static_cast<std::uint32_t>(function.numbers.size());
  }

  [[noreturn]] static void fail(std::string message, const position& at) {
    throw source_error{error_kind::assertion, std::move(message), at};
  }

  void find_blocks(node& in) {
    if (in.kind == node_kind::extends) program_.extends = true;
    if (in.kind == node_kind::block) {
      auto& block = static_cast<block_statement&>(in);
      if (!program_.blocks.emplace(block.name, &block).second) {
        fail("block " + in_quotes(block.name) + " defined twice", block.at);
      }
      blocks_.push_back(&block);
    }
    std::vector<node*> children;
    in.children(children);
    for (node* const child : children) find_blocks(*child);
  }

  // Variables

  slot slot_of(const symbols::variable& of) const {
    std::uint32_t up = 0;
    for (const function_scope* function = function_; function; function = function->outer, ++up) {
      const auto found = function->numbers.find(of);
      if (found != function->numbers.end()) return {up, found->second};
    }
    return {};
  }
  slot slot_of(const scope& in, const std::string& name) const {
    return slot_of(in.names.find(name));
  }

  /// The variables to load when a scope begins. A loop loads those that cannot change between
  /// iterations only once.
  void enter(const scope& entered, scope_names& into, bool is_loop = false) {
    for (const auto& [where, how] : entered.names.loads()) {
      const std::uint32_t number = function_->number(where);
      switch (how.what) {
        case symbols::load::action::parameter:
          break;
        case symbols::load::action::resolve:
          (is_loop && entered.names.stores(where.name) ? into.each : into.once)
              .push_back({slot_load::action::resolve, number, {}, where.name});
          break;
        case symbols::load::action::alias:
          (is_loop ? into.each : into.once)
              .push_back({slot_load::action::copy, number, slot_of(how.from), {}});
          break;
        case symbols::load::action::undefined:
          (is_loop ? into.each : into.once).push_back({slot_load::action::clear, number, {}, {}});
          break;
      }
    }
  }

  visible_names visible(const scope& in, const position& at) const {
    visible_names result;
    for (const auto& [name, where] : in.names.stored(at)) result.emplace_back(name, slot_of(where));
    return result;
  }

  // Functions

  void resolve_block(block_statement& block) {
    function_scope function;
    function_ = &function;
    scope content{symbols(budget_)};
    const std::set<std::string> special = undeclared(block.content, {"self", "super"});
    for (const auto& [name, slot] :
         {std::pair{"self", &block.self_slot}, std::pair{"super", &block.super_slot}}) {
      if (!special.contains(name)) continue;
      content.names.declare_parameter(name);
      *slot = function.number(content.names.find(name));
    }
    content.names.analyze(block.content);
    enter(content, block.layout.names);
    resolve(block.content, content);
    block.layout.slots = size_of(function);
    function_ = nullptr;
  }

  /// In a tag's body, `caller`, `kwargs` and `varargs` are those of the enclosing macro.
  void resolve_macro(macro_definition& macro, const position& at, const scope& around,
                     bool is_tag = false) {
    function_scope function;
    function.outer = std::exchange(function_, &function);
    scope content = around.inner();
    content.names.analyze(macro);

    std::set<std::string> special;
    if (!is_tag) special = undeclared(macro.content, {"caller", "kwargs", "varargs"});
    for (const parameter& each : macro.parameters) {
      if (each.name == "caller") {
        macro.names_caller = true;
        if (special.contains("caller") && !each.otherwise) {
          fail(
              "When defining macros or call blocks the special \"caller\" argument must be "
              "omitted or be given a default.",
              at);
        }
      }
      special.erase(each.name);
    }
    for (const auto& [name, slot] :
         {std::pair{"caller", &macro.caller_slot}, std::pair{"kwargs", &macro.kwargs_slot},
          std::pair{"varargs", &macro.varargs_slot}}) {
      if (!special.contains(name)) continue;
      content.names.declare_parameter(name);
      *slot = function.number(content.names.find(name));
    }

    content.checks_output = false;
    enter(content, macro.layout.names);
    for (parameter& each : macro.parameters) {
      each.number = function.number(content.names.find(each.name));
      if (each.otherwise) resolve(*each.otherwise, content);
    }
    resolve(macro.content, content);
    macro.layout.slots = size_of(function);
    function_ = const_cast<function_scope*>(function.outer);
  }

  // Statements

  void resolve(const body& statements, const scope& in) {
    for (const auto& each : statements) {
      resolve(*each, in);
      // The statements after it are unreachable.
      if (ended_) return;
    }
  }

  void resolve(statement& any, const scope& in) {
    switch (any.kind) {
      case node_kind::output:
        return resolve_output(static_cast<output_statement&>(any), in);
      case node_kind::loop:
        return resolve_loop(static_cast<loop_statement&>(any), in);
      case node_kind::branch:
        return resolve_branch(static_cast<branch_statement&>(any), in);
      case node_kind::macro: {
        auto& macro = static_cast<macro_statement&>(any);
        resolve_macro(macro.definition, macro.at, in);
        macro.variable = slot_of(in, macro.name);
        macro.exported = in.top_level;
        return;
      }
      case node_kind::call_block: {
        auto& call = static_cast<call_block_statement&>(any);
        resolve_macro(call.definition, call.at, in);
        return resolve(*call.call, in);
      }
      case node_kind::filter_block: {
        auto& filter = static_cast<filter_block_statement&>(any);
        scope content = in.inner();
        content.names.analyze(filter.content);
        content.names.analyze(*filter.filter);
        enter(content, filter.names);
        resolve(filter.content, content);
        resolve(*filter.filter, content);
        filter.escapes = escapes_;
        return;
      }
      case node_kind::with: {
        auto& with = static_cast<with_statement&>(any);
        scope content = in.inner();
        for (const auto& each : with.targets) content.names.analyze(*each);
        content.names.analyze(with.content);
        enter(content, with.names);
        for (const auto& each : with.targets) resolve(*each, content);
        for (const auto& each : with.values) resolve(*each, in);
        return resolve(with.content, content);
      }
      case node_kind::assignment: {
        auto& set = static_cast<assignment&>(any);
        resolve(*set.target, in);
        return resolve(*set.source, in);
      }
      case node_kind::block_assignment: {
        auto& set = static_cast<block_assignment&>(any);
        scope content = in.inner();
        content.checks_output = false;
        content.names.analyze(set.content);
        if (set.filter) content.names.analyze(*set.filter);
        enter(content, set.names);
        resolve(set.content, content);
        resolve(*set.target, in);
        if (set.filter) resolve(*set.filter, content);
        set.escapes = escapes_;
        return;
      }
      case node_kind::block: {
        auto& block = static_cast<block_statement&>(any);
        if (in.top_level) {
          block.dropped = surely_extended_;
          block.unless_extended = extends_ > 0;
        }
        if (block.scoped) block.visible = visible(in, any.at);
        return;
      }
      case node_kind::extends:
        return resolve_extends(static_cast<extends_statement&>(any), in);
      case node_kind::include: {
        auto& include = static_cast<include_statement&>(any);
        resolve(*include.what, in);
        if (include.with_context) include.visible = visible(in, any.at);
        return;
      }
      case node_kind::import: {
        auto& import = static_cast<import_statement&>(any);
        resolve(*import.what, in);
        if (import.with_context) import.visible = visible(in, any.at);
        import.variable = slot_of(in, import.target);
        import.exported = in.top_level;
        return;
      }
      case node_kind::from_import: {
        auto& import = static_cast<from_import_statement&>(any);
        resolve(*import.what, in);
        if (import.with_context) import.visible = visible(in, any.at);
        for (auto& each : import.names) each.variable = slot_of(in, each.alias);
        import.exported = in.top_level;
        return;
      }
      case node_kind::autoescape:
        return resolve_autoescape(static_cast<autoescape_statement&>(any), in);
      case node_kind::evaluation:
        return resolve(*static_cast<evaluation_statement&>(any).what, in);
      default:
        return;
    }
  }

  void resolve_output(output_statement& output, const scope& in) {
    if (in.checks_output) {
      output.dropped = surely_extended_;
      output.unless_extended = true;
      if (output.dropped) return;
    }
    for (auto& each : output.parts) {
      if (!each.what) continue;
      resolve(*each.what, in);
      // Jinja escapes constants at compile time, with the setting known at that time.
      const bool known = escapes_ != escaping::dynamic || each.what->kind == node_kind::constant;
      each.escapes = known ? mode(known_escapes_) : escaping::dynamic;
    }
  }

  void resolve_branch(branch_statement& branch, const scope& around) {
    around.names.count_copies(1, branch.at);
    scope in = around;
    in.root_level = false;
    in.soft = true;
    for (const auto& each : branch.arms) {
      resolve(*each.test, in);
      resolve_arm(each.then, in);
    }
    resolve_arm(branch.otherwise, in);
  }
  void resolve_arm(const body& statements, const scope& in) {
    resolve(statements, in);
    ended_ = false;
  }

  void resolve_loop(loop_statement& loop, const scope& in) {
    scope rounds = in.inner();
    scope otherwise = in.inner();
    scope test = in.inner();

    const bool uses_loop = loop.recursive || undeclared(loop.rounds, {"loop"}).contains("loop") ||
                           has_scoped_block(loop);
    if (uses_loop) rounds.names.declare_parameter("loop");
    rounds.names.analyze(*loop.target, true);
    rounds.names.analyze(loop.rounds);
    otherwise.names.analyze(loop.otherwise);
    check_loop_name(loop);
    resolve(*loop.over, in);

    function_scope function;
    if (loop.recursive) function.outer = std::exchange(function_, &function);

    if (loop.test) {
      // The test has a separate target, because it may run ahead of the loop.
      loop.test_target = copy_of_target(*loop.target);
      test.names.analyze(*loop.test_target, true);
      test.names.analyze(*loop.test);
      // Its variables are separate from those of the body and of other tests at this level.
      enter_test(test, loop);
    }
    if (uses_loop) loop.loop_slot = function_->number(rounds.names.find("loop"));
    enter(rounds, loop.names, true);
    resolve(*loop.target, rounds);
    resolve(loop.rounds, rounds);
    ended_ = false;
    if (!loop.otherwise.empty()) {
      enter(otherwise, loop.otherwise_names);
      resolve(loop.otherwise, otherwise);
      ended_ = false;
    }
    if (loop.recursive) {
      loop.layout.slots = size_of(function);
      function_ = const_cast<function_scope*>(function.outer);
    }
    loop.escapes = escapes_;
  }

  void enter_test(const scope& test, loop_statement& loop) {
    // Names are resolved while the test's variables hide those of the same level.
    std::map<symbols::variable, std::uint32_t> hidden;
    std::vector<symbols::variable> own;
    for (const auto& [where, how] : test.names.loads()) {
      const auto found = function_->numbers.find(where);
      if (found != function_->numbers.end()) hidden.insert(function_->numbers.extract(found));
      own.push_back(where);
    }
    const std::uint32_t first = next_number(hidden);
    std::uint32_t next = first;
    for (const symbols::variable& each : own) function_->numbers[each] = next++;
    enter(test, loop.test_names);
    resolve(*loop.test_target, test);
    resolve(*loop.test, test);
    // They keep their slots under a name that no variable has.
    for (const symbols::variable& each : own) {
      const std::uint32_t number = function_->numbers[each];
      function_->numbers.erase(each);
      function_->numbers[{each.level, each.name + " " + std::to_string(number)}] = number;
    }
    function_->numbers.merge(hidden);
  }
  std::uint32_t next_number(const std::map<symbols::variable, std::uint32_t>& hidden) const {
    return static_cast<std::uint32_t>(function_->numbers.size() + hidden.size());
  }

  static expression_pointer copy_of_target(const expression& target) {
    if (target.kind == node_kind::name) {
      const auto& name = static_cast<const name_expression&>(target);
      return std::make_unique<name_expression>(name.at, name.name, name.use);
    }
    expressions items;
    for (const auto& each : static_cast<const sequence_expression&>(target).items) {
      items.push_back(copy_of_target(*each));
    }
    return std::make_unique<sequence_expression>(node_kind::tuple, target.at, std::move(items));
  }

  static bool has_scoped_block(const node& in) {
    std::vector<node*> children;
    in.children(children);
    return std::any_of(children.begin(), children.end(), [](const node* child) {
      return (child->kind == node_kind::block &&
              static_cast<const block_statement*>(child)->scoped) ||
             has_scoped_block(*child);
    });
  }

  static void check_loop_name(const node& in) {
    std::vector<node*> children;
    in.children(children);
    for (const node* const child : children) {
      if (child->kind == node_kind::name) {
        const auto& name = static_cast<const name_expression&>(*child);
        if (name.use == name_use::store && name.name == "loop") {
          fail("Can't assign to special loop variable in for-loop target", name.at);
        }
      }
      check_loop_name(*child);
    }
  }

  void resolve_extends(extends_statement& extends, const scope& in) {
    if (!in.top_level) fail("cannot use extend from a non top-level scope", extends.at);
    if (surely_extended_) {
      extends.second = true;
      ended_ = true;
      return;
    }
    resolve(*extends.parent, in);
    if (in.root_level) surely_extended_ = true;
    ++extends_;
  }

  void resolve_autoescape(autoescape_statement& autoescape, const scope& in) {
    scope content = in.inner();
    content.names.analyze(*autoescape.option);
    content.names.analyze(autoescape.content);
    enter(content, autoescape.names);
    resolve(*autoescape.option, content);
    const escaping before = escapes_;
    const bool known_before = known_escapes_;
    if (autoescape.option->kind == node_kind::constant) {
      known_escapes_ = truth(static_cast<const constant_expression&>(*autoescape.option).constant);
      if (escapes_ != escaping::dynamic) escapes_ = mode(known_escapes_);
    } else {
      escapes_ = escaping::dynamic;
    }
    resolve(autoescape.content, content);
    escapes_ = before;
    known_escapes_ = known_before;
  }

  // Expressions

  void resolve(expression& any, const scope& in) {
    switch (any.kind) {
      case node_kind::name: {
        auto& name = static_cast<name_expression&>(any);
        name.variable = slot_of(in, name.name);
        name.exported = name.use == name_use::store && in.top_level;
        return;
      }
      case node_kind::name_reference: {
        auto& name = static_cast<name_reference&>(any);
        name.variable = slot_of(in, name.name);
        return;
      }
      case node_kind::filter:
        resolve_filter(static_cast<filter_expression&>(any), in, true);
        break;
      case node_kind::test:
        resolve_filter(static_cast<filter_expression&>(any), in, false);
        break;
      case node_kind::concatenation:
        static_cast<concatenation&>(any).escapes = escapes_;
        break;
      case node_kind::tag_body:
        return resolve_macro(static_cast<tag_body_expression&>(any).definition, any.at, in, true);
      default:
        break;
    }
    std::vector<node*> children;
    any.children(children);
    if (any.kind == node_kind::condition) {
      in.names.count_copies(1, any.at);
      scope soft = in;
      soft.soft = true;
      for (node* const child : children) resolve(static_cast<expression&>(*child), soft);
      return;
    }
    for (node* const child : children) resolve(static_cast<expression&>(*child), in);
  }

  void resolve_filter(filter_expression& filter, const scope& in, bool is_filter) {
    const environment::names& names =
        is_filter ? program_.environment->filters : program_.environment->tests;
    const auto found = names.find(filter.name);
    if (found != names.end()) {
      filter.function = found->second;
      filter.known = true;
    } else if (!in.soft) {
      fail("No " + std::string(is_filter ? "filter" : "test") + " named " + in_quotes(filter.name) +
               ".",
           filter.at);
    }
  }

  program& program_;
  name_budget budget_;
  function_scope* function_ = nullptr;
  std::vector<block_statement*> blocks_;
  escaping escapes_;
  bool known_escapes_;  // the last constant setting, for escapes_ == dynamic
  std::size_t extends_ = 0;
  bool surely_extended_ = false;  // there was an extends at the root level
  bool ended_ = false;            // the rest of the body is unreachable
};

}  // namespace

void resolve(program& parsed) { resolver(parsed).run(); }

}  // namespace aldis::templates::detail
