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

/// What went wrong. `type_name()` says it as Jinja or Python do.
enum class error_kind {
  // Jinja's
  syntax,           // TemplateSyntaxError
  assertion,        // TemplateAssertionError: well-formed, and yet wrong, e.g. an unknown filter
  not_found,        // TemplateNotFound
  none_found,       // TemplatesNotFound
  undefined,        // UndefinedError
  runtime,          // TemplateRuntimeError
  filter_argument,  // FilterArgumentError
  raised,           // TemplateError: by the template itself, with raise_exception
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
  limit,  // LimitError: one of `limits`
};

/// Where a template was when something went wrong.
struct error_location {
  std::string name;        // of the template
  std::size_t line = 0;    // from 1
  std::size_t column = 0;  // from 1, in bytes; 0 if not known
  std::string source_line;
};

/// What a template did wrong, and where.
///
/// `what()` is made for people: the message, and for every place the template's name, line, the
/// source line and a caret.
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

  /// From the template that was asked for to the place of the error, through includes, parents
  /// and macros; of a long recursion only the begin and the end. Empty if the error came before any
  /// template, as a name that was not found.
  const std::vector<error_location>& locations() const noexcept;
  /// The last of the places.
  const std::string& name() const noexcept;
  std::size_t line() const noexcept;
  std::size_t column() const noexcept;

  /// A line for people, which `what()` has below the message and `message()` has not: where a
  /// template was looked for.
  void add_note(std::string_view note);
  /// One more place, outside of those that are known.
  void add_outer(error_location location);

 private:
  struct state;

  std::shared_ptr<state> state_;
};

[[noreturn]] ALDIS_TEMPLATES_API void fail(error_kind what, std::string message);

}  // namespace aldis::templates
