#include "symbols.hpp"

#include "syntax_error.hpp"

namespace aldis::templates::detail {

namespace {

/// Returns false to stop the traversal.
bool search_names(const node& in, std::set<std::string>& names, std::set<std::string>& found) {
  if (in.kind == node_kind::block) return true;
  if (in.kind == node_kind::name) {
    const auto& name = static_cast<const name_expression&>(in);
    if (name.use == name_use::load && names.contains(name.name)) {
      found.insert(name.name);
      return found != names;
    }
    names.erase(name.name);
    return true;
  }
  // The parameters of a macro are stored names.
  const macro_definition* definition = nullptr;
  if (in.kind == node_kind::macro) {
    definition = &static_cast<const macro_statement&>(in).definition;
  } else if (in.kind == node_kind::call_block) {
    const auto& block = static_cast<const call_block_statement&>(in);
    if (!search_names(*block.call, names, found)) return false;
    definition = &block.definition;
  } else if (in.kind == node_kind::tag_body) {
    definition = &static_cast<const tag_body_expression&>(in).definition;
  }
  std::vector<node*> children;
  if (definition) {
    for (const parameter& each : definition->parameters) names.erase(each.name);
    for (const parameter& each : definition->parameters) {
      if (each.otherwise) children.push_back(each.otherwise.get());
    }
    for (const auto& each : definition->content) children.push_back(each.get());
  } else {
    in.children(children);
  }
  for (const node* const child : children) {
    if (!search_names(*child, names, found)) return false;
  }
  return true;
}

}  // namespace

std::set<std::string> undeclared(const body& statements, std::set<std::string> names) {
  std::set<std::string> found;
  for (const auto& each : statements) {
    if (!search_names(*each, names, found)) break;
  }
  return found;
}

void name_budget::count(std::size_t names, const position& at) {
  if (names > left_) {
    throw source_error{error_kind::limit, "too many names in too many branches", at};
  }
  left_ -= names;
}

void symbols::declare_parameter(const std::string& name) {
  stores_.insert(name);
  define(name, {load::action::parameter, {}});
}

const symbols::variable& symbols::define(const std::string& name, load how) {
  const variable& result = variables_.insert_or_assign(name, variable{level_, name}).first->second;
  loads_.insert_or_assign(result, std::move(how));
  return result;
}

const symbols::variable* symbols::find_if_any(const std::string& name) const {
  for (const symbols* scope = this; scope; scope = scope->parent_) {
    if (const auto found = scope->variables_.find(name); found != scope->variables_.end()) {
      return &found->second;
    }
  }
  return nullptr;
}

const symbols::variable& symbols::find(const std::string& name) const { return *find_if_any(name); }

void symbols::store(const std::string& name) {
  stores_.insert(name);
  if (variables_.contains(name)) return;
  const variable* const outer = parent_ ? parent_->find_if_any(name) : nullptr;
  define(name, outer ? load{load::action::alias, *outer} : load{load::action::undefined, {}});
}

void symbols::use(const std::string& name) {
  if (!find_if_any(name)) define(name, {load::action::resolve, {}});
}

void symbols::merge(const std::vector<symbols>& branches) {
  std::set<std::string> stored;
  for (const symbols& each : branches) {
    for (const std::string& name : each.stores_) {
      if (!stores_.contains(name)) stored.insert(name);
    }
  }
  for (const symbols& each : branches) {
    for (const auto& [name, where] : each.variables_) variables_.insert_or_assign(name, where);
    for (const auto& [where, how] : each.loads_) loads_.insert_or_assign(where, how);
    stores_.insert(each.stores_.begin(), each.stores_.end());
  }
  // A name stored in only some branches has its outer value in the others.
  for (const std::string& name : stored) {
    const variable& here = find(name);
    const variable* const outer = parent_ ? parent_->find_if_any(name) : nullptr;
    loads_.insert_or_assign(
        here, outer ? load{load::action::alias, *outer} : load{load::action::resolve, {}});
  }
}

void symbols::analyze(const body& statements) {
  for (const auto& each : statements) analyze(*each);
}

void symbols::analyze(const macro_definition& definition) {
  for (const parameter& each : definition.parameters) declare_parameter(each.name);
  for (const parameter& each : definition.parameters) {
    if (each.otherwise) analyze(*each.otherwise);
  }
  analyze(definition.content);
}

void symbols::analyze_branch(const branch_statement& branch, std::size_t arm) {
  // Each further arm is a separate branch inside the first arm's alternative.
  analyze(*branch.arms[arm].test);
  count_copies(3, branch.at);
  std::vector<symbols> branches(3, *this);
  branches[0].analyze(branch.arms[arm].then);
  if (arm == 0) {
    for (std::size_t i = 1; i < branch.arms.size(); ++i) branches[1].analyze_branch(branch, i);
    branches[2].analyze(branch.otherwise);
  }
  merge(branches);
}

void symbols::analyze(const node& any, bool as_parameter) {
  switch (any.kind) {
    case node_kind::name: {
      const auto& name = static_cast<const name_expression&>(any);
      if (as_parameter || name.use == name_use::parameter) {
        declare_parameter(name.name);
      } else if (name.use == name_use::store) {
        store(name.name);
      } else {
        use(name.name);
      }
      return;
    }
    case node_kind::name_reference:
      return use(static_cast<const name_reference&>(any).name);
    case node_kind::branch:
      return analyze_branch(static_cast<const branch_statement&>(any), 0);
    case node_kind::macro:
      return store(static_cast<const macro_statement&>(any).name);
    case node_kind::import: {
      const auto& import = static_cast<const import_statement&>(any);
      analyze(*import.what);
      return store(import.target);
    }
    case node_kind::from_import: {
      const auto& import = static_cast<const from_import_statement&>(any);
      analyze(*import.what);
      for (const auto& each : import.names) store(each.alias);
      return;
    }
    case node_kind::assignment: {
      const auto& set = static_cast<const assignment&>(any);
      analyze(*set.source);
      return analyze(*set.target);
    }
    case node_kind::loop:
      return analyze(*static_cast<const loop_statement&>(any).over);
    case node_kind::call_block:
      return analyze(*static_cast<const call_block_statement&>(any).call);
    case node_kind::filter_block:
      return analyze(*static_cast<const filter_block_statement&>(any).filter);
    case node_kind::with: {
      for (const auto& each : static_cast<const with_statement&>(any).values) analyze(*each);
      return;
    }
    case node_kind::block_assignment:
      return analyze(*static_cast<const block_assignment&>(any).target);
    case node_kind::autoescape:
    case node_kind::block:
    case node_kind::tag_body:
      return;
    default: {
      std::vector<node*> children;
      any.children(children);
      for (const node* const child : children) analyze(*child, as_parameter);
    }
  }
}

std::map<std::string, symbols::variable> symbols::stored(const position& at) const {
  std::map<std::string, variable> result;
  for (const symbols* scope = this; scope; scope = scope->parent_) {
    budget_->count(scope->stores_.size(), at);
    for (const std::string& name : scope->stores_) result.emplace(name, find(name));
  }
  return result;
}

}  // namespace aldis::templates::detail
