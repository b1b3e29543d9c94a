#pragma once

#include <aldis/templates/environment.hpp>
#include <aldis/templates/error.hpp>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

/// The common parts of the targets for templates: limits that keep inputs short, and the properties
/// of every template.
namespace fuzzed {

inline void require(bool condition, const char* what, std::string_view source) {
  if (condition) return;
  std::fprintf(stderr, "broken: %s: \"%.*s\"\n", what, static_cast<int>(source.size()),
               source.data());
  std::abort();
}

inline constexpr std::size_t most_output = 256 * 1024;

/// All options that change how a source is parsed, from the bits of a number.
inline aldis::templates::environment_options options(unsigned bits) {
  using aldis::templates::undefined_policy;
  return {.autoescape = (bits & 1U) != 0,
          .undefined = static_cast<undefined_policy>((bits >> 1U) & 3U),
          .trim_blocks = (bits & 8U) != 0,
          .lstrip_blocks = (bits & 16U) != 0,
          .keep_trailing_newline = (bits & 32U) != 0,
          .do_statement = true,
          .loop_controls = true,
          .debug_statement = true,
          .translate = aldis::templates::untranslated,
          .newstyle_gettext = (bits & 64U) != 0,
          .limits = {.nesting = 50,
                     .recursion = 50,
                     .output = most_output,
                     .iterations = 20'000,
                     .memory = 4 * 1024 * 1024}};
}

/// Renders, and checks the outcome: text within the limit, or an error with a message and a
/// location.
inline void render(const aldis::templates::environment& env, std::string_view source,
                   const aldis::templates::dict& variables) {
  std::size_t written = 0;
  try {
    env.from_string(source, "fuzzed.html")
        .render_to([&](std::string_view piece) { written += piece.size(); }, variables);
  } catch (const aldis::templates::error& error) {
    require(*error.what() != '\0', "an error can be printed", source);
    require(!error.type_name().empty(), "an error has a type", source);
    require(!error.locations().empty(), "an error has a place", source);
    for (const aldis::templates::error_location& location : error.locations()) {
      require(location.line >= 1, "a place has a line", source);
    }
  }
  require(written <= most_output, "the limit of the output holds", source);
}

}  // namespace fuzzed
