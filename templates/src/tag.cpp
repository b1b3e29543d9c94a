#include <aldis/templates/arguments.hpp>
#include <aldis/templates/render_context.hpp>
#include <aldis/templates/tag.hpp>

#include "render/macro.hpp"

namespace aldis::templates {

value tag_body::render(variables given) const {
  const auto& macro = *macro_.as<detail::macro_object>();
  std::vector<keyword_argument> keywords;
  keywords.reserve(given.size());
  for (const auto& [name, what] : given) keywords.push_back({name, what});
  return macro.call(arguments(macro.context(), {}, keywords));
}

std::string tag_body::text(variables given) const { return std::string(render(given).as_text()); }

tag_body conversion<tag_body>::from_value(const value& given) {
  if (!given.as<detail::macro_object>()) throw conversion_failure("the body of a tag", given);
  return tag_body(given);
}

}  // namespace aldis::templates
