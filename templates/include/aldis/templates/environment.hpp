#pragma once

#include <aldis/templates/compiled_template.hpp>
#include <aldis/templates/function.hpp>
#include <aldis/templates/limits.hpp>
#include <aldis/templates/loader.hpp>
#include <aldis/templates/members.hpp>
#include <aldis/templates/tag.hpp>
#include <aldis/templates/translation.hpp>
#include <aldis/templates/value.hpp>

#include <concepts>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace aldis::templates {

/// How a name that does not exist behaves. See the guide.
enum class undefined_policy : unsigned char {
  /// Prints nothing and iterates over nothing; any other use is an error.
  lenient,
  /// Every use is an error, except `is defined` and `default`.
  strict,
  /// Like lenient, but prints the expression: `{{ user.nmae }}`.
  debug,
  /// Like lenient, but its attributes and items are undefined instead of an error.
  chainable,
};

/// Escapes `.html`, `.htm`, `.xml`, `.xhtml`, `.svg` and templates without a name, as Flask does.
ALDIS_TEMPLATES_API bool by_extension(std::optional<std::string_view> name);

/// Whether a template escapes its output: always, never, or depending on its name.
class autoescape_choice {
 public:
  template <std::same_as<bool> Boolean>
  autoescape_choice(Boolean always)
      : choose_([always](std::optional<std::string_view>) { return always; }) {}
  template <class F>
  requires std::is_invocable_r_v<bool, const F&, std::optional<std::string_view>> autoescape_choice(
      F choose)
      : choose_(std::move(choose)) {}

  bool operator()(std::optional<std::string_view> name) const { return choose_(name); }

 private:
  std::function<bool(std::optional<std::string_view>)> choose_;
};

/// The marks that separate tags from text.
struct delimiters {
  std::string block_begin = "{%";
  std::string block_end = "%}";
  std::string variable_begin = "{{";
  std::string variable_end = "}}";
  std::string comment_begin = "{#";
  std::string comment_end = "#}";
  /// Empty: no line statements, no line comments.
  std::string line_statement = {};
  std::string line_comment = {};
};

/// Defaults of `tojson`, `truncate`, `urlize` and `trans`: Jinja's policies.
struct policies {
  std::string urlize_rel = "noopener";
  std::optional<std::string> urlize_target = {};
  std::vector<std::string> urlize_extra_schemes = {};
  std::int64_t truncate_leeway = 5;
  bool json_sort_keys = true;
  /// `{% trans %}` trims newlines unless it says `notrimmed`.
  bool i18n_trimmed = false;
};

struct environment_options {
  templates::loader loader = {};
  autoescape_choice autoescape = false;
  undefined_policy undefined = undefined_policy::lenient;
  /// Removes the first newline after a tag.
  bool trim_blocks = false;
  /// Removes blanks before a tag at the beginning of a line.
  bool lstrip_blocks = false;
  bool keep_trailing_newline = false;
  /// Replaces the newlines of a template: `\n`, `\r\n` or `\r`.
  std::string newline = "\n";
  /// `{% do ... %}`
  bool do_statement = false;
  /// `{% break %}` and `{% continue %}`
  bool loop_controls = false;
  /// `{% debug %}`
  bool debug_statement = false;
  /// Enables Jinja's i18n extension: `{% trans %}`, `_`, `gettext` and the related functions.
  translator translate = {};
  /// The gettext functions insert keyword arguments: `gettext("%(n)s files", n=5)`.
  bool newstyle_gettext = false;
  templates::delimiters delimiters = {};
  /// Called for every value before it is printed; prints the returned value instead.
  std::function<value(const value&)> finalize = {};
  /// Makes every `get` check whether the source has changed.
  bool reload = false;
  /// The number of compiled templates to keep.
  std::size_t cache = 400;
  templates::limits limits = {};
  templates::policies policies = {};
};

/// Loads and compiles templates, and holds the filters, tests and globals they share.
///
/// Threads: set filters, tests, globals and tags first; after that, every member may be called from
/// any thread.
/// Lifetime: must outlive its templates.
///
///     aldis::templates::environment env{{.loader = aldis::templates::from_folder("pages"),
///                                        .autoescape = aldis::templates::by_extension}};
///     env.filters["shout"] = [](std::string text) { return text + "!"; };
///     std::string page = env.get("index.html").render({{"user", "ann"}});
class ALDIS_TEMPLATES_API environment {
 public:
  using names = std::map<std::string, value, std::less<>>;

  explicit environment(environment_options options = {});
  environment(const environment&) = delete;
  environment& operator=(const environment&) = delete;
  ~environment();

  /// Throws `error` if the template is not found or does not compile.
  compiled_template get(std::string_view name) const;
  /// The first template that exists.
  compiled_template get_first_of(const std::vector<std::string>& wanted) const;
  compiled_template from_string(std::string_view source) const;
  /// As if a loader had found `source` under this name; the template is not cached.
  compiled_template from_string(std::string_view source, std::string_view name) const;

  // The built-in ones and your own.
  names filters;
  names tests;
  names globals;

  /// Adds a tag: `{% name argument, keyword=argument %}` calls `function` and prints the result,
  /// escaped like `{{ ... }}`. Add tags before compiling the templates that use them.
  ///
  ///     env.add_tag("now", [](std::string format) { return local_time(format); });
  ///     env.add_tag("repeat", [](tag_body body, int times) { ... }, {.end = "endrepeat"});
  ///
  /// Exceptions: error (value) if the name, the end or a variable is not an identifier, or if the
  /// name or end is a keyword of another tag, such as `else`; error (type) if `function` is not
  /// callable.
  void add_tag(std::string name, value function, tag_options options = {});

  const environment_options& options() const noexcept;

 private:
  friend class detail::environment_access;
  struct state;

  std::unique_ptr<state> state_;
};

}  // namespace aldis::templates
