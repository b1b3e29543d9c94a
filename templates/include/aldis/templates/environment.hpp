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

/// What a name that does not exist does. See the guide.
enum class undefined_policy : unsigned char {
  /// Prints nothing and iterates over nothing; asking it for more is an error.
  lenient,
  /// An error at all but `is defined` and `default`.
  strict,
  /// As lenient, and prints what was asked for: `{{ user.nmae }}`.
  debug,
  /// As lenient, and may be asked for attributes and items, which are undefined too.
  chainable,
};

/// Escapes `.html`, `.htm`, `.xml`, `.xhtml`, `.svg` and templates without a name, as Flask does.
ALDIS_TEMPLATES_API bool by_extension(std::optional<std::string_view> name);

/// Whether a template escapes what it prints: always, never, or by its name.
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

/// The marks between which templates speak.
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

/// What `tojson`, `truncate`, `urlize` and `trans` do unless they are told otherwise; Jinja's
/// policies.
struct policies {
  std::string urlize_rel = "noopener";
  std::optional<std::string> urlize_target = {};
  std::vector<std::string> urlize_extra_schemes = {};
  std::int64_t truncate_leeway = 5;
  bool json_sort_keys = true;
  /// `{% trans %}` does not keep newlines unless it says `notrimmed`.
  bool i18n_trimmed = false;
};

struct environment_options {
  templates::loader loader = {};
  autoescape_choice autoescape = false;
  undefined_policy undefined = undefined_policy::lenient;
  /// The first newline after a tag is dropped.
  bool trim_blocks = false;
  /// Blanks before a tag that begins a line are dropped.
  bool lstrip_blocks = false;
  bool keep_trailing_newline = false;
  /// `\n`, `\r\n` or `\r`: what newlines of a template become.
  std::string newline = "\n";
  /// `{% do ... %}`
  bool do_statement = false;
  /// `{% break %}` and `{% continue %}`
  bool loop_controls = false;
  /// `{% debug %}`
  bool debug_statement = false;
  /// `{% trans %}`, `_`, `gettext` and its relatives: Jinja's extension i18n. Empty: none of them.
  translator translate = {};
  /// The functions put keywords into the text: `gettext("%(n)s files", n=5)`.
  bool newstyle_gettext = false;
  templates::delimiters delimiters = {};
  /// Sees every value before it is printed, and may replace it.
  std::function<value(const value&)> finalize = {};
  /// Looks at every `get` whether the source has changed since.
  bool reload = false;
  /// How many compiled templates are kept.
  std::size_t cache = 400;
  templates::limits limits = {};
  templates::policies policies = {};
};

/// Finds templates, compiles them, and holds what all of them may use.
///
/// Threads: after the filters, tests and globals are set, everything may be used from any thread.
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

  /// The template of that name. Throws `error`: not found, or wrong.
  compiled_template get(std::string_view name) const;
  /// The first that exists.
  compiled_template get_first_of(const std::vector<std::string>& wanted) const;
  compiled_template from_string(std::string_view source) const;
  /// As if a loader had found `source` under this name; it is not kept.
  compiled_template from_string(std::string_view source, std::string_view name) const;

  /// The built-in ones and your own.
  names filters;
  names tests;
  names globals;

  /// A tag of yours: `{% name argument, keyword=argument %}` calls `function` and prints what it
  /// returns, escaped as `{{ ... }}` is. To be done before templates are compiled that use it.
  ///
  ///     env.add_tag("now", [](std::string format) { return local_time(format); });
  ///     env.add_tag("repeat", [](tag_body body, int times) { ... }, {.end = "endrepeat"});
  ///
  /// Exceptions: error (value) if the name, the end or a variable is no identifier, or a name or
  /// end is a word of another tag, such as `else`; error (type) if `function` cannot be called.
  void add_tag(std::string name, value function, tag_options options = {});

  const environment_options& options() const noexcept;

 private:
  friend class detail::environment_access;
  struct state;

  std::unique_ptr<state> state_;
};

}  // namespace aldis::templates
