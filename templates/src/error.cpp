#include <aldis/templates/error.hpp>

#include "memory.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace aldis::templates {

struct error::state {
  error_kind kind;
  std::string message;
  std::vector<error_location> locations;
  std::size_t omitted = 0;  // locations left out, between the outermost and the innermost
  std::string notes;
  std::string what;

  void describe();
};

namespace {

std::string_view name_of(error_kind kind) noexcept {
  switch (kind) {
    case error_kind::syntax:
      return "TemplateSyntaxError";
    case error_kind::assertion:
      return "TemplateAssertionError";
    case error_kind::not_found:
      return "TemplateNotFound";
    case error_kind::none_found:
      return "TemplatesNotFound";
    case error_kind::undefined:
      return "UndefinedError";
    case error_kind::runtime:
      return "TemplateRuntimeError";
    case error_kind::filter_argument:
      return "FilterArgumentError";
    case error_kind::raised:
      return "TemplateError";
    case error_kind::python_assertion:
      return "AssertionError";
    case error_kind::attribute:
      return "AttributeError";
    case error_kind::index:
      return "IndexError";
    case error_kind::key:
      return "KeyError";
    case error_kind::overflow:
      return "OverflowError";
    case error_kind::python_runtime:
      return "RuntimeError";
    case error_kind::recursion:
      return "RecursionError";
    case error_kind::type:
      return "TypeError";
    case error_kind::unicode:
      return "UnicodeError";
    case error_kind::value:
      return "ValueError";
    case error_kind::zero_division:
      return "ZeroDivisionError";
    case error_kind::limit:
      return "LimitError";
  }
  return "Error";
}

// A deep recursion is shown by its beginning and end.
constexpr std::size_t outermost = 4;
constexpr std::size_t innermost = 12;

/// The line with the caret. Keeps tabs, so that the caret is below its target.
std::string caret_line(const error_location& location) {
  std::string line;
  const std::size_t before = std::min(location.column - 1, location.source_line.size());
  for (const char c : std::string_view(location.source_line).substr(0, before)) {
    // Continuation bytes of a character have no width.
    if ((static_cast<unsigned char>(c) & 0xc0U) != 0x80U) line += c == '\t' ? '\t' : ' ';
  }
  return line + '^';
}

}  // namespace

void error::state::describe() {
  what.assign(name_of(kind)).append(": ").append(message).append(notes);
  // The innermost location first: the error is there.
  for (auto location = locations.rbegin(); location != locations.rend(); ++location) {
    if (omitted > 0 && locations.rend() - location == outermost) {
      what.append("\n  ... ").append(std::to_string(omitted)).append(" more");
    }
    what.append("\n  at ").append(location->name.empty() ? "<template>" : location->name);
    what.append(":").append(std::to_string(location->line));
    if (location->source_line.empty()) continue;
    what.append("\n    ").append(location->source_line);
    if (location->column > 0) what.append("\n    ").append(caret_line(*location));
  }
}

error::error(error_kind what, std::string message)
    : state_(std::make_shared<state>(state{what, std::move(message), {}, 0, {}, {}})) {
  state_->describe();
}

error::~error() = default;

error_kind error::kind() const noexcept { return state_->kind; }
std::string_view error::type_name() const noexcept { return name_of(state_->kind); }
const std::string& error::message() const noexcept { return state_->message; }
const char* error::what() const noexcept { return state_->what.c_str(); }
const std::vector<error_location>& error::locations() const noexcept { return state_->locations; }

const std::string& error::name() const noexcept {
  static const std::string none;
  return state_->locations.empty() ? none : state_->locations.back().name;
}
std::size_t error::line() const noexcept {
  return state_->locations.empty() ? 0 : state_->locations.back().line;
}
std::size_t error::column() const noexcept {
  return state_->locations.empty() ? 0 : state_->locations.back().column;
}

void error::add_note(std::string_view note) {
  auto changed = std::make_shared<state>(*state_);
  changed->notes.append("\n  ").append(note);
  changed->describe();
  state_ = std::move(changed);
}

void error::add_outer(error_location location) {
  // Copies of the error share the state and must not change.
  auto changed = std::make_shared<state>(*state_);
  std::vector<error_location>& locations = changed->locations;
  locations.insert(locations.begin(), std::move(location));
  if (locations.size() > outermost + innermost) {
    locations.erase(locations.begin() + outermost);
    ++changed->omitted;
  }
  changed->describe();
  state_ = std::move(changed);
}

void fail(error_kind what, std::string message) {
  detail::count_message(message);
  throw error(what, std::move(message));
}

}  // namespace aldis::templates
