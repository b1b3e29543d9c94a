#pragma once

#include <aldis/templates/export.hpp>

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace aldis::templates {

/// The source of a template, as a loader returns it.
struct loaded_source {
  std::string text;
  /// Whether the source is unchanged. Called if the environment reloads; empty: it never changes.
  std::function<bool()> current;
};

/// Finds sources by name; returns nothing for an unknown name. Any callable with this signature
/// converts to a loader.
///
/// Threads: called from any thread, and from several at once.
class loader {
 public:
  using function = std::function<std::optional<loaded_source>(std::string_view name)>;
  using locations_function = std::function<std::vector<std::string>()>;

  loader() = default;
  template <class Find>
  requires(!std::is_same_v<Find, loader> && std::is_constructible_v<function, Find>)
      loader(Find find)
      : find_(std::move(find)) {}
  /// `locations` describes where the loader searches, for error messages.
  loader(function find, locations_function locations)
      : find_(std::move(find)), locations_(std::move(locations)) {}

  std::optional<loaded_source> operator()(std::string_view name) const { return find_(name); }
  explicit operator bool() const noexcept { return static_cast<bool>(find_); }
  /// `the folder '/srv/pages'`, ...
  std::vector<std::string> locations() const {
    return locations_ ? locations_() : std::vector<std::string>{"a loader of the program"};
  }

 private:
  function find_;
  locations_function locations_;
};

/// Loads files from a folder. A name is a relative path with `/` between its parts; a name that
/// leads out of the folder (`..`, an absolute path, a symbolic link) is not found.
ALDIS_TEMPLATES_API loader from_folder(std::filesystem::path folder);
/// Searches several folders in order.
ALDIS_TEMPLATES_API loader from_folders(std::vector<std::filesystem::path> folders);
ALDIS_TEMPLATES_API loader from_map(std::map<std::string, std::string, std::less<>> sources);
/// Calls a function that returns the text for a name.
ALDIS_TEMPLATES_API loader
from_function(std::function<std::optional<std::string>(std::string_view name)> find);
/// `shop/index.html` is `index.html` of the loader for `shop`.
ALDIS_TEMPLATES_API loader from_prefixes(std::map<std::string, loader, std::less<>> loaders,
                                         char delimiter = '/');
/// Asks several loaders in order.
ALDIS_TEMPLATES_API loader first_of(std::vector<loader> loaders);

}  // namespace aldis::templates
