#pragma once

#include "syntax.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace aldis::templates::detail {

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

  symbols() = default;
  explicit symbols(const symbols* parent)
      : parent_(parent), level_(parent ? parent->level_ + 1 : 0) {}

  void declare_parameter(const std::string& name);
  /// The names that statements of this scope, and not of inner ones, use.
  void analyze(const body& statements);
  void analyze(const node& any, bool as_parameter = false);
  /// Analyzes the parameters and the body of a macro.
  void analyze(const macro_definition& definition);

  const variable& find(const std::string& name) const;
  /// Do statements of this scope store it?
  bool stores(const std::string& name) const { return stores_.contains(name); }
  const std::map<variable, load>& loads() const noexcept { return loads_; }
  /// The names stored here and in the scopes around.
  std::map<std::string, variable> stored() const;

 private:
  void analyze_branch(const branch_statement& branch, std::size_t arm);
  const variable* find_if_any(const std::string& name) const;
  const variable& define(const std::string& name, load how);
  void store(const std::string& name);
  void use(const std::string& name);
  void merge(const std::vector<symbols>& branches);

  const symbols* parent_ = nullptr;
  std::size_t level_ = 0;
  std::map<std::string, variable> variables_;
  std::map<variable, load> loads_;
  std::set<std::string> stores_;
};

/// Which of these names are used before they are stored. Blocks are left out: they are functions
/// of their own.
std::set<std::string> undeclared(const body& statements, std::set<std::string> names);

}  // namespace aldis::templates::detail
