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

/// How many names a template may make the compiler copy: each branch copies those of its scope, so
/// a source of many names and many branches would keep it for hours.
class name_budget {
 public:
  /// In proportion to the steps of a render, and enough for any source that people write.
  explicit name_budget(const limits& of)
      : left_(std::max<std::uint64_t>(of.iterations / 5, 50'000)) {}

  /// Throws source_error when nothing is left.
  void count(std::size_t names, const position& at);

 private:
  std::uint64_t left_;
};

/// The names of a scope, by Jinja's rules: which are stored, which are looked up outside, which
/// are those of an outer scope. A variable is known by its name and the level of its scope.
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

  /// Of a function by itself.
  explicit symbols(name_budget& budget) : budget_(&budget) {}
  /// Of a scope in another.
  explicit symbols(const symbols* parent)
      : parent_(parent), level_(parent->level_ + 1), budget_(parent->budget_) {}

  void declare_parameter(const std::string& name);
  /// The names that statements of this scope, and not of inner ones, use.
  void analyze(const body& statements);
  void analyze(const node& any, bool as_parameter = false);
  /// Analyzes the parameters and the body of a macro.
  void analyze(const macro_definition& definition);

  /// Says that the names are about to be copied.
  void count_copies(std::size_t copies, const position& at) const {
    budget_->count(copies * (variables_.size() + 1), at);
  }
  const variable& find(const std::string& name) const;
  /// Do statements of this scope store it?
  bool stores(const std::string& name) const { return stores_.contains(name); }
  const std::map<variable, load>& loads() const noexcept { return loads_; }
  /// The names stored here and in the scopes around.
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

/// Which of these names are used before they are stored. Blocks are left out: they are functions
/// of their own.
std::set<std::string> undeclared(const body& statements, std::set<std::string> names);

}  // namespace aldis::templates::detail
