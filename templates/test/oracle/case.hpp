#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

/// A case of the comparison with Jinja2, in the format of jinja.py and render.py:
///
///     {"name", "entry", "templates": {name: source}, "data", "options", "expected": outcome}
///
/// An outcome is {"text"}, for a chat also "assistant", or {"error": {"type", "message",
/// "template", "line"}}. Data is JSON, with marks for other types: {"$markup": text}, {"$tuple":
/// list},
/// {"$float": digits}, {"$object": attributes}.
namespace oracle {

/// The outcome of a case.
struct outcome {
  std::string text = {};
  std::vector<std::string> assistant = {};  // the generations of a chat
  std::string error_type = {};              // empty if there is text
  std::string message = {};
  std::string template_name = {};
  std::size_t line = 0;

  friend bool operator==(const outcome&, const outcome&) = default;
};

outcome from_json(const boost::json::value& what);
/// The outcome with Jinja2.
outcome expected(const boost::json::object& one_case);
/// The outcome with aldis::templates.
outcome rendered(const boost::json::object& one_case);

/// The case with both outcomes, for a message.
std::string description(const boost::json::object& one_case, const outcome& got);
boost::json::object to_json(const outcome& what);

}  // namespace oracle
