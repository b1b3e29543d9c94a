#pragma once

#include <aldis/export.hpp>
#include <aldis/web/body.hpp>
#include <aldis/web/value.hpp>

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace aldis::web {

// In addition to the variables that you pass, templates see those of context processors, g and
// request, and the globals url_for, get_flashed_messages, config and session. Variables that you
// pass take precedence. Each of these functions sends before_render_template and template_rendered
// once, for the outermost template.
//
// Exceptions: templates::error; outside_of_context without the context of an app.

/// Renders a template of the app or its blueprints.
ALDIS_API std::string render_template(std::string_view name, const dict& variables = {});
/// Renders the first of these templates that exists.
ALDIS_API std::string render_template(const std::vector<std::string>& names,
                                      const dict& variables = {});
/// For calls such as `render_template({"queen.html", "person.html"})`.
inline std::string render_template(std::initializer_list<std::string_view> names,
                                   const dict& variables = {}) {
  return render_template(std::vector<std::string>(names.begin(), names.end()), variables);
}
/// Renders a template from text, with autoescape.
ALDIS_API std::string render_template_string(std::string_view source, const dict& variables = {});

/// Renders a template as a stream, with the context of the request. It is rendered completely,
/// after the head of the response has been sent, and sent in chunks.
ALDIS_API stream stream_template(std::string_view name, const dict& variables = {});
ALDIS_API stream stream_template_string(std::string_view source, const dict& variables = {});

}  // namespace aldis::web
