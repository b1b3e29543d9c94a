#pragma once

#include <aldis/templates/environment.hpp>

#include "syntax.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace aldis::templates::detail {

/// A compiled template: its syntax tree with resolved names. Immutable.
struct program : std::enable_shared_from_this<program> {
  const templates::environment* environment = nullptr;
  std::optional<std::string> name;
  std::string source;
  std::function<bool()> current;  // see loaded_source

  body content;
  function_layout layout;
  std::uint32_t self_slot = no_slot;
  bool escapes = false;
  bool extends = false;
  std::map<std::string, const block_statement*, std::less<>> blocks;

  std::string_view name_or_none() const noexcept { return name ? *name : std::string_view(); }
};

/// Parses a source and resolves its names. Throws `error` with its location.
std::shared_ptr<const program> compile(const templates::environment& environment,
                                       std::string_view source, std::optional<std::string> name,
                                       std::function<bool()> current = {});

/// Semantic analysis, by the rules of Jinja's compiler: assigns variables to slots, and sets what
/// depends on the enclosing statements. Throws source_error.
void resolve(program& parsed);

}  // namespace aldis::templates::detail
