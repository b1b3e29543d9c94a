#include <aldis/templates/error.hpp>

#include "../environment_access.hpp"
#include "lexer.hpp"
#include "parser.hpp"
#include "program.hpp"
#include "syntax_error.hpp"

#include <algorithm>
#include <utility>

namespace aldis::templates::detail {

error_location location_in(std::string_view source, const position& at, std::string_view name) {
  error_location location;
  location.name = name;
  location.line = at.line;
  std::size_t begin = 0;
  for (std::size_t line = 1; line < at.line && begin < source.size(); ++line) {
    begin = std::min(source.find('\n', begin), source.size() - 1) + 1;
  }
  const std::size_t end = std::min(source.find('\n', begin), source.size());
  location.source_line = source.substr(begin, end - begin);
  // An offset on another line has no column in this one.
  if (at.offset >= begin && at.offset <= end) location.column = at.offset - begin + 1;
  return location;
}

namespace {

error located(const source_error& problem, const program& in) {
  error failure(problem.kind, problem.message);
  failure.add_outer(location_in(in.source, problem.at, in.name_or_none()));
  return failure;
}

}  // namespace

std::shared_ptr<const program> compile(const templates::environment& environment,
                                       std::string_view source, std::optional<std::string> name,
                                       std::function<bool()> current) {
  const environment_options& options = environment.options();
  auto made = std::make_shared<program>();
  made->environment = &environment;
  made->name = std::move(name);
  made->current = std::move(current);
  made->escapes =
      options.autoescape(made->name ? std::optional<std::string_view>(*made->name) : std::nullopt);
  if (source.size() > options.limits.source) {
    fail(error_kind::limit, "the source of a template is larger than " +
                                std::to_string(options.limits.source) + " bytes");
  }
  made->source = lexer::normalized(source, options);
  try {
    made->content = parser(made->source, options, environment_access::tags_of(environment)).parse();
    resolve(*made);
  } catch (const source_error& problem) {
    throw located(problem, *made);
  }
  return made;
}

}  // namespace aldis::templates::detail
