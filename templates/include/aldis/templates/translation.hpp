#pragma once

#include <aldis/templates/export.hpp>
#include <aldis/templates/value.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace aldis::templates {

/// A message to translate, from `{% trans %}`, `_`, `gettext` or a related function.
///
/// Lifetime: valid during the call.
struct message {
  /// The context of `pgettext` or `{% trans "context" %}`.
  std::optional<std::string_view> context;
  std::string_view text;
  /// With a plural, `count` selects the form; otherwise `count` is none.
  std::optional<std::string_view> plural;
  value count;
  /// The running render: `render.resolve("language")` reads one of its variables.
  render_context& render;
};

/// Returns the translation of a message, or nothing to use the template's text.
///
/// Threads: called from any thread, and from several at once.
using translator = std::function<std::optional<std::string>(const message&)>;

/// A translator without translations, for pages that will be translated later.
ALDIS_TEMPLATES_API std::optional<std::string> untranslated(const message&);

/// A translator with the messages of a GNU `.mo` file, which `msgfmt` makes from a `.po` file.
/// Copies share the messages.
///
/// Reads untrusted files safely: memory and time are bounded by the size of the file.
///
/// Threads: may be used from any number of threads.
/// Exceptions: `error` of kind `value` if the bytes are not a `.mo` file in UTF-8; of kind `limit`
/// if there are more than `largest`.
///
///     aldis::templates::environment env{{.translate = catalog::from_file("de.mo")}};
class ALDIS_TEMPLATES_API catalog {
 public:
  static constexpr std::size_t largest = std::size_t{64} * 1024 * 1024;

  /// Accepts both byte orders.
  explicit catalog(std::string bytes);
  static catalog from_file(const std::filesystem::path& file);

  std::optional<std::string> operator()(const message& wanted) const;

  /// The translation of a message without a plural.
  std::optional<std::string_view> find(std::string_view text) const;
  std::optional<std::string_view> find(std::string_view context, std::string_view text) const;
  /// The translation of a message with a plural, by the file's plural rule.
  std::optional<std::string_view> find_plural(std::string_view text, std::int64_t count) const;
  std::optional<std::string_view> find_plural(std::string_view context, std::string_view text,
                                              std::int64_t count) const;

  /// The number of messages.
  std::size_t size() const noexcept;

 private:
  struct contents;

  std::shared_ptr<const contents> contents_;
};

}  // namespace aldis::templates
