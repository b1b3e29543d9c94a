#pragma once

#include <aldis/templates/limits.hpp>

#include "syntax.hpp"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace aldis::templates::detail {

/// Limits the names that the compiler copies. Each branch copies the names of its scope, so a
/// source with many names and many branches would take hours to compile.
class name_budget {
 public:
  /// In proportion to the limit on steps, and enough for any source written by people.
  explicit name_budget(const limits& of)
      : left_(std::max<std::uint64_t>(of.iterations / 5, 50'000)) {}

  /// Throws source_error when the budget is exhausted.
  void count(std::size_t names, const position& at);

 private:
  std::uint64_t left_;
};

/// The names of a scope, by Jinja's rules: stored here, looked up outside, or belonging to an outer
/// scope. A variable is identified by its name and the level of its scope.
class symbols {
 public:
  struct variable {
    std::size_t level;
    std::string name;
    auto operator<=>(const variable&) const = default;
  };
  struct load {
    enum class action : unsigned char { parameter, resolve, alias, undefined };
    action what;
    variable from{};  // alias
  };

  /// For the scope of a function.
  explicit symbols(name_budget& budget) : budget_(&budget) {}
  /// For a scope inside another.
  explicit symbols(const symbols* parent)
      : parent_(parent), level_(parent->level_ + 1), budget_(parent->budget_) {}

  void declare_parameter(const std::string& name);
  /// Adds the names that statements use in this scope, without those of inner scopes.
  void analyze(const body& statements);
  void analyze(const node& any, bool as_parameter = false);
  /// Adds the names of a macro's parameters and body.
  void analyze(const macro_definition& definition);

  /// Counts copies of the names against the budget.
  void count_copies(std::size_t copies, const position& at) const {
    budget_->count(copies * (variables_.size() + 1), at);
  }
  const variable& find(const std::string& name) const;
  /// Whether a statement of this scope stores the name.
  bool stores(const std::string& name) const { return stores_.contains(name); }
  const std::map<variable, load>& loads() const noexcept { return loads_; }
  /// The names stored here and in the enclosing scopes.
  std::map<std::string, variable> stored(const position& at) const;

 private:
  void analyze_branch(const branch_statement& branch, std::size_t arm);
  const variable* find_if_any(const std::string& name) const;
  const variable& define(const std::string& name, load how);
  void store(const std::string& name);
  void use(const std::string& name);
  void merge(const std::vector<symbols>& branches);

  const symbols* parent_ = nullptr;
  std::size_t level_ = 0;
  name_budget* budget_;
  std::map<std::string, variable> variables_;
  std::map<variable, load> loads_;
  std::set<std::string> stores_;
};

/// Which of these names are used before they are stored. Skips blocks, which are separate
/// functions.
std::set<std::string> undeclared(const body& statements, std::set<std::string> names);

}  // namespace aldis::templates::detail
