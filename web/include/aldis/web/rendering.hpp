#pragma once

#include <aldis/export.hpp>
#include <aldis/web/body.hpp>
#include <aldis/web/value.hpp>

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace aldis::web {

// Templates see, beside the variables that they are given: what context processors add; g and
// request; and the globals url_for, get_flashed_messages, config and session. Variables that are
// given win. Each of these sends before_render_template and template_rendered once, for the
// outermost template.
//
// Exceptions: templates::error; outside_of_context without the context of an app.

/// A page from the app's templates, or those of its blueprints.
ALDIS_API std::string render_template(std::string_view name, const dict& variables = {});
/// From the first of these that exists.
ALDIS_API std::string render_template(const std::vector<std::string>& names,
                                      const dict& variables = {});
/// As `render_template({"queen.html", "person.html"})`.
inline std::string render_template(std::initializer_list<std::string_view> names,
                                   const dict& variables = {}) {
  return render_template(std::vector<std::string>(names.begin(), names.end()), variables);
}
/// From text. What it prints is escaped.
ALDIS_API std::string render_template_string(std::string_view source, const dict& variables = {});

/// As a stream with the context of its request. The template is rendered when the head of the
/// answer has been sent, as a whole, and sent in pieces.
ALDIS_API stream stream_template(std::string_view name, const dict& variables = {});
ALDIS_API stream stream_template_string(std::string_view source, const dict& variables = {});

}  // namespace aldis::web
