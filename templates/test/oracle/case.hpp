#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

/// Cases of the comparison with Jinja2, as jinja.py and render.py write them:
///
///     {"name", "entry", "templates": {name: source}, "data", "options", "expected": outcome}
///
/// An outcome is {"text"}, of a chat with "assistant", or {"error": {"type", "message", "template",
/// "line"}}. Data is JSON, with marks for what JSON cannot say: {"$markup": text}, {"$tuple":
/// list}, {"$float": digits},
/// {"$object": attributes}.
namespace oracle {

/// What came of a case.
struct outcome {
  std::string text = {};
  std::vector<std::string> assistant = {};  // what a chat's generations said
  std::string error_type = {};              // empty if there is text
  std::string message = {};
  std::string template_name = {};
  std::size_t line = 0;

  friend bool operator==(const outcome&, const outcome&) = default;
};

outcome from_json(const boost::json::value& what);
/// What Jinja2 made of the case.
outcome expected(const boost::json::object& one_case);
/// Renders the case with aldis::templates.
outcome rendered(const boost::json::object& one_case);

/// The whole case, what Jinja2 gives and what aldis gave.
std::string description(const boost::json::object& one_case, const outcome& got);
boost::json::object to_json(const outcome& what);

}  // namespace oracle
