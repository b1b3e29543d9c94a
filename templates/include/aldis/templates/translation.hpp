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

/// What a template wants to have translated: `{% trans %}`, `_`, `gettext` and its relatives.
///
/// Lifetime: that of the call.
struct message {
  /// Of `pgettext` and `{% trans "context" %}`.
  std::optional<std::string_view> context;
  std::string_view text;
  /// With a plural, `count` decides which form is wanted; else it is none.
  std::optional<std::string_view> plural;
  value count;
  /// The render: `render.resolve("language")` is a variable of it.
  render_context& render;
};

/// The translation of a message; nothing if there is none, and the template's own text is used.
///
/// Threads: called from any, several at once.
using translator = std::function<std::optional<std::string>(const message&)>;

/// A translator that knows no translations, for pages that are written to be translated later.
ALDIS_TEMPLATES_API std::optional<std::string> untranslated(const message&);

/// The messages of a GNU `.mo` file, which `msgfmt` makes of a `.po` file; a translator. Copies
/// share them.
///
/// Files may come from outside: what is read of them is bounded by their size.
///
/// Threads: may be used from any number of threads.
/// Exceptions: `error` of kind `value` if the bytes are no such file, or not in UTF-8; of kind
/// `limit` if they are more than `largest`.
///
///     aldis::templates::environment env{{.translate = catalog::from_file("de.mo")}};
class ALDIS_TEMPLATES_API catalog {
 public:
  static constexpr std::size_t largest = std::size_t{64} * 1024 * 1024;

  /// Of bytes in either order.
  explicit catalog(std::string bytes);
  static catalog from_file(const std::filesystem::path& file);

  std::optional<std::string> operator()(const message& wanted) const;

  /// What the file has for a message without a plural.
  std::optional<std::string_view> find(std::string_view text) const;
  std::optional<std::string_view> find(std::string_view context, std::string_view text) const;
  /// For a message with one, by the file's rule for plurals.
  std::optional<std::string_view> find_plural(std::string_view text, std::int64_t count) const;
  std::optional<std::string_view> find_plural(std::string_view context, std::string_view text,
                                              std::int64_t count) const;

  /// How many messages it has.
  std::size_t size() const noexcept;

 private:
  struct contents;

  std::shared_ptr<const contents> contents_;
};

}  // namespace aldis::templates
