#include <aldis/templates/environment.hpp>
#include <aldis/templates/error.hpp>

#include "builtins.hpp"
#include "environment_access.hpp"
#include "language/literals.hpp"
#include "language/parser.hpp"
#include "memory.hpp"
#include "python_operations.hpp"
#include "render/module_objects.hpp"
#include "render/render.hpp"
#include "text/unicode.hpp"
#include "translation/gettext.hpp"

#include <algorithm>
#include <list>
#include <mutex>
#include <ostream>
#include <unordered_map>
#include <utility>

namespace aldis::templates {

bool by_extension(std::optional<std::string_view> name) {
  static constexpr std::string_view extensions[] = {".html", ".htm", ".xml", ".xhtml", ".svg"};
  return !name || std::any_of(std::begin(extensions), std::end(extensions),
                              [&](std::string_view each) { return name->ends_with(each); });
}

struct environment::state {
  environment_options options;
  detail::custom_tags tags;

  // Most recently used first.
  using entry = std::pair<std::string, std::shared_ptr<const detail::program>>;
  std::mutex mutex;  // guards the members below
  std::list<entry> used;
  std::unordered_map<std::string_view, std::list<entry>::iterator> cached;

  std::shared_ptr<const detail::program> find(std::string_view name) {
    const std::lock_guard lock(mutex);
    const auto found = cached.find(name);
    if (found == cached.end()) return nullptr;
    used.splice(used.begin(), used, found->second);
    return found->second->second;
  }

  void keep(std::string_view name, std::shared_ptr<const detail::program> made) {
    if (options.cache == 0) return;
    const std::lock_guard lock(mutex);
    if (const auto found = cached.find(name); found != cached.end()) {
      found->second->second = std::move(made);
      return;
    }
    used.emplace_front(std::string(name), std::move(made));
    cached.emplace(used.front().first, used.begin());
    if (used.size() > options.cache) {
      cached.erase(used.back().first);
      used.pop_back();
    }
  }
};

namespace {

void check(const delimiters& marks) {
  const std::pair<std::string_view, const std::string&> all[] = {
      {"block_begin", marks.block_begin},       {"block_end", marks.block_end},
      {"variable_begin", marks.variable_begin}, {"variable_end", marks.variable_end},
      {"comment_begin", marks.comment_begin},   {"comment_end", marks.comment_end},
  };
  for (const auto& [name, mark] : all) {
    if (mark.empty()) {
      fail(error_kind::value, "the delimiter " + std::string(name) + " must not be empty");
    }
  }
  if (marks.block_begin == marks.variable_begin || marks.block_begin == marks.comment_begin ||
      marks.variable_begin == marks.comment_begin) {
    fail(error_kind::value, "block, variable and comment begin delimiters must be different");
  }
}

}  // namespace

environment::environment(environment_options options) : state_(std::make_unique<state>()) {
  check(options.delimiters);
  if (options.newline != "\n" && options.newline != "\r\n" && options.newline != "\r") {
    fail(error_kind::value, "newline must be \\n, \\r\\n or \\r");
  }
  state_->options = std::move(options);
  detail::add_filters(filters);
  detail::add_tests(tests);
  detail::add_globals(globals);
  if (state_->options.translate) detail::add_gettext(globals, state_->options);
  if (state_->options.debug_statement) {
    state_->tags["debug"] = {detail::debug_function(), {}, false};
  }
}

environment::~environment() = default;

const environment_options& environment::options() const noexcept { return state_->options; }

namespace {

void check_identifier(const std::string& name, std::string_view what) {
  if (detail::is_identifier(name)) return;
  fail(error_kind::value, std::string(what) +
                              " is named by letters, digits and _, not beginning with a digit; " +
                              detail::in_quotes(name) + " is no such name");
}

[[noreturn]] void fail_taken(const std::string& name, std::string_view what,
                             std::string_view owner) {
  fail(error_kind::value, std::string(what) + " cannot be named " + detail::in_quotes(name) +
                              ", which belongs to the tag " + detail::in_quotes(owner) +
                              "; choose a name that no other tag uses");
}

void check_tag_name(const std::string& name, std::string_view what, const environment& in) {
  check_identifier(name, what);
  const std::string_view owner = detail::parser::own_tag_of(name, in.options());
  if (!owner.empty()) fail_taken(name, what, owner);
}

}  // namespace

void environment::add_tag(std::string name, value function, tag_options options) {
  check_tag_name(name, "a tag", *this);
  if (!options.end.empty()) check_tag_name(options.end, "the end of a tag", *this);
  for (const std::string& each : options.variables) check_identifier(each, "a variable of a tag");
  if (options.end == name) {
    fail(error_kind::value, "the tag " + detail::in_quotes(name) +
                                " cannot be its own end; the end needs another name, such as " +
                                detail::in_quotes("end" + name));
  }
  for (const auto& [other, tag] : state_->tags) {
    if (other == name) continue;  // replaced below
    if (tag.options.end == name) fail_taken(name, "a tag", other);
    if (options.end == other || (!options.end.empty() && options.end == tag.options.end)) {
      fail_taken(options.end, "the end of a tag", other);
    }
  }
  if (!detail::is_callable(function)) {
    fail(error_kind::type, "the tag " + detail::in_quotes(name) + " needs a function, not " +
                               std::string(detail::type_name(function)));
  }
  state_->tags.insert_or_assign(std::move(name),
                                detail::custom_tag{std::move(function), std::move(options)});
}

compiled_template environment::get(std::string_view name) const {
  auto found = detail::environment_access::find(*this, name);
  if (!found) detail::environment_access::fail_not_found(*this, std::string(name));
  return detail::environment_access::wrap(std::move(found));
}

compiled_template environment::get_first_of(const std::vector<std::string>& wanted) const {
  std::string tried;
  for (const std::string& name : wanted) {
    if (auto found = detail::environment_access::find(*this, name)) {
      return detail::environment_access::wrap(std::move(found));
    }
    if (!tried.empty()) tried += ", ";
    tried += name;
  }
  detail::environment_access::fail_none_found(*this, tried);
}

compiled_template environment::from_string(std::string_view source) const {
  return detail::environment_access::wrap(detail::compile(*this, source, std::nullopt));
}

compiled_template environment::from_string(std::string_view source, std::string_view name) const {
  return detail::environment_access::wrap(detail::compile(*this, source, std::string(name)));
}

namespace detail {

const custom_tags& environment_access::tags_of(const environment& of) noexcept {
  return of.state_->tags;
}

namespace {

/// Adds the searched locations to the error.
error search_error(const environment& in, error_kind what, std::string message) {
  count_message(message);
  error failure(what, std::move(message));
  const loader& from = in.options().loader;
  std::string where = "the environment has no loader";
  if (from) {
    where.clear();
    for (const std::string& location : from.locations()) {
      where.append(where.empty() ? "searched: " : "; ").append(location);
    }
  }
  if (!where.empty()) failure.add_note(where);
  return failure;
}

}  // namespace

void environment_access::fail_not_found(const environment& in, std::string name) {
  throw search_error(in, error_kind::not_found, std::move(name));
}

void environment_access::fail_none_found(const environment& in, const std::string& tried) {
  if (tried.empty()) {
    fail(error_kind::none_found, "Tried to select from an empty list of templates.");
  }
  throw search_error(in, error_kind::none_found,
                     "none of the templates given were found: " + tried);
}

std::shared_ptr<const program> environment_access::find(const environment& in,
                                                        std::string_view name) {
  environment::state& state = *in.state_;
  if (auto found = state.find(name)) {
    if (!state.options.reload || !found->current || found->current()) return found;
  }
  if (!state.options.loader) return nullptr;
  // Without the lock, because loaders are user code. Two threads may compile the same template at
  // the same time; the later result is kept.
  std::optional<loaded_source> source = state.options.loader(name);
  if (!source) return nullptr;
  auto made = compile(in, source->text, std::string(name), std::move(source->current));
  state.keep(name, made);
  return made;
}

}  // namespace detail

// compiled_template

compiled_template::compiled_template(std::shared_ptr<const detail::program> program) noexcept
    : program_(std::move(program)) {}

std::string compiled_template::render(const dict& variables) const {
  return detail::render(*program_, variables, nullptr).run();
}

void compiled_template::render_to(const sink& write, const dict& variables) const {
  detail::render(*program_, variables, &write).run();
}

void compiled_template::render_to(std::ostream& out, const dict& variables) const {
  render_to(sink([&out](std::string_view piece) { out << piece; }), variables);
}

const std::string& compiled_template::name() const noexcept {
  static const std::string none;
  return program_->name ? *program_->name : none;
}

value conversion<compiled_template>::to_value(const compiled_template& from) {
  return value(
      detail::reference(new detail::template_object(detail::environment_access::program_of(from))));
}

}  // namespace aldis::templates
