#include <aldis/templates/arguments.hpp>
#include <aldis/templates/render_context.hpp>
#include <aldis/templates/tag.hpp>

#include "render/macro.hpp"

namespace aldis::templates {

value tag_body::render(variables values) const {
  const auto& macro = *macro_.as<detail::macro_object>();
  std::vector<keyword_argument> keywords;
  keywords.reserve(values.size());
  for (const auto& [name, what] : values) keywords.push_back({name, what});
  return macro.call(arguments(macro.context(), {}, keywords));
}

std::string tag_body::text(variables values) const { return std::string(render(values).as_text()); }

tag_body conversion<tag_body>::from_value(const value& from) {
  if (!from.as<detail::macro_object>()) throw conversion_failure("the body of a tag", from);
  return tag_body(from);
}

}  // namespace aldis::templates
