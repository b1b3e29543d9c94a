#pragma once

#include <aldis/templates/export.hpp>
#include <aldis/templates/fwd.hpp>

#include <cstddef>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace aldis::templates {

/// The kind of an error. `error::type_name()` is the name of the class in Jinja or Python.
enum class error_kind {
  // Jinja's
  syntax,           // TemplateSyntaxError
  assertion,        // TemplateAssertionError: well-formed but invalid, e.g. an unknown filter
  not_found,        // TemplateNotFound
  none_found,       // TemplatesNotFound
  undefined,        // UndefinedError
  runtime,          // TemplateRuntimeError
  filter_argument,  // FilterArgumentError
  raised,           // TemplateError: raised by the template with raise_exception
  // Python's
  python_assertion,  // AssertionError
  attribute,         // AttributeError
  index,             // IndexError
  key,               // KeyError
  overflow,          // OverflowError
  python_runtime,    // RuntimeError
  recursion,         // RecursionError
  type,              // TypeError
  unicode,           // UnicodeError
  value,             // ValueError
  zero_division,     // ZeroDivisionError
  // aldis's own
  limit,  // LimitError: one of the `limits` was exceeded
};

/// A line of a template that led to an error.
struct error_location {
  std::string name;        // the template's
  std::size_t line = 0;    // from 1
  std::size_t column = 0;  // from 1, in bytes; 0 if unknown
  std::string source_line;
};

/// An error of a template, with its locations.
///
/// `what()` is for people: the message and, for every location, the template's name, the line
/// number, the source line and a caret.
class ALDIS_TEMPLATES_API error : public std::exception {
 public:
  error(error_kind what, std::string message);
  error(const error&) noexcept = default;
  error& operator=(const error&) noexcept = default;
  ~error() override;

  error_kind kind() const noexcept;
  /// `TemplateSyntaxError`, `UndefinedError`, `TypeError`, ...
  std::string_view type_name() const noexcept;
  /// In Jinja's words: `'x' is undefined`.
  const std::string& message() const noexcept;
  const char* what() const noexcept override;

  /// The path from the requested template to the error, through includes, parents and macros; for a
  /// deep recursion only its beginning and end. Empty if no template was involved, for example if
  /// the requested one was not found.
  const std::vector<error_location>& locations() const noexcept;
  // The last of the locations.
  const std::string& name() const noexcept;
  std::size_t line() const noexcept;
  std::size_t column() const noexcept;

  /// Adds a line that `what()` shows below the message, but that is not part of `message()`: where
  /// a template was searched for.
  void add_note(std::string_view note);
  /// Adds a location that encloses the known ones.
  void add_outer(error_location location);

 private:
  struct state;

  std::shared_ptr<state> state_;
};

[[noreturn]] ALDIS_TEMPLATES_API void fail(error_kind what, std::string message);

}  // namespace aldis::templates
