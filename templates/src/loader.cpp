#include <aldis/templates/loader.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

namespace aldis::templates {

namespace {

namespace files = std::filesystem;

/// Whether a name stays inside a folder: no `..`, not absolute, no separator except `/`, no NUL.
bool stays_inside(std::string_view name) noexcept {
  if (name.empty() || name.find('\\') != std::string_view::npos ||
      name.find('\0') != std::string_view::npos) {
    return false;
  }
  for (std::size_t begin = 0; begin <= name.size();) {
    const std::size_t end = std::min(name.find('/', begin), name.size());
    if (name.substr(begin, end - begin) == "..") return false;
    begin = end + 1;
  }
  return true;
}

bool is_inside(const files::path& file, const files::path& folder) {
  return std::mismatch(folder.begin(), folder.end(), file.begin(), file.end()).first ==
         folder.end();
}

std::optional<loaded_source> load_file(const files::path& folder, std::string_view name) {
  if (!stays_inside(name)) return std::nullopt;
  std::error_code error;
  const files::path root = files::canonical(folder, error);
  if (error) return std::nullopt;
  // As in Jinja, a leading / is ignored.
  const std::size_t first = std::min(name.find_first_not_of('/'), name.size());
  const files::path file = files::canonical(root / files::path(name.substr(first)), error);
  if (error || !is_inside(file, root) || !files::is_regular_file(file, error)) return std::nullopt;

  const auto changed = files::last_write_time(file, error);
  std::ifstream in(file, std::ios::binary);
  if (error || !in) return std::nullopt;
  loaded_source result;
  result.text.assign(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  const auto size = result.text.size();
  result.current = [file, changed, size] {
    std::error_code problem;
    return files::last_write_time(file, problem) == changed && !problem &&
           files::file_size(file, problem) == size && !problem;
  };
  return result;
}

std::string folder_in_words(const files::path& folder) {
  std::error_code error;
  const files::path whole = files::absolute(folder, error);
  std::string words = "the folder '" + (error ? folder : whole).string() + "'";
  if (!files::is_directory(folder, error)) words += ", which is no folder";
  return words;
}

}  // namespace

loader from_folder(std::filesystem::path folder) {
  const auto find = [folder](std::string_view name) { return load_file(folder, name); };
  return {find, [folder = std::move(folder)] { return std::vector{folder_in_words(folder)}; }};
}

loader from_folders(std::vector<std::filesystem::path> folders) {
  std::vector<loader> loaders;
  loaders.reserve(folders.size());
  for (auto& folder : folders) loaders.push_back(from_folder(std::move(folder)));
  return first_of(std::move(loaders));
}

loader from_map(std::map<std::string, std::string, std::less<>> sources) {
  const std::string location = "a map of " + std::to_string(sources.size());
  const auto find =
      [sources = std::move(sources)](std::string_view name) -> std::optional<loaded_source> {
    const auto found = sources.find(name);
    if (found == sources.end()) return std::nullopt;
    return loaded_source{found->second, {}};
  };
  return {find, [location] { return std::vector{location}; }};
}

loader from_function(std::function<std::optional<std::string>(std::string_view name)> find) {
  const auto load = [find =
                         std::move(find)](std::string_view name) -> std::optional<loaded_source> {
    std::optional<std::string> text = find(name);
    if (!text) return std::nullopt;
    loaded_source result;
    // Only another call can show whether the source has changed.
    result.current = [find, name = std::string(name), text] { return find(name) == text; };
    result.text = *std::move(text);
    return result;
  };
  return {load, [] { return std::vector<std::string>{"a function"}; }};
}

loader from_prefixes(std::map<std::string, loader, std::less<>> loaders, char delimiter) {
  const auto find = [loaders, delimiter](std::string_view name) -> std::optional<loaded_source> {
    const std::size_t end = name.find(delimiter);
    if (end == std::string_view::npos) return std::nullopt;
    const auto found = loaders.find(name.substr(0, end));
    if (found == loaders.end()) return std::nullopt;
    return found->second(name.substr(end + 1));
  };
  return {find, [loaders = std::move(loaders), delimiter] {
            std::vector<std::string> locations;
            for (const auto& [prefix, each] : loaders) {
              for (const std::string& location : each.locations()) {
                locations.push_back(location);
                locations.back().append(" for '").append(prefix).append(1, delimiter).append("'");
              }
            }
            return locations;
          }};
}

loader first_of(std::vector<loader> loaders) {
  const auto find = [loaders](std::string_view name) -> std::optional<loaded_source> {
    for (const loader& each : loaders) {
      if (auto found = each(name)) return found;
    }
    return std::nullopt;
  };
  return {find, [loaders = std::move(loaders)] {
            std::vector<std::string> locations;
            for (const loader& each : loaders) {
              for (std::string& location : each.locations())
                locations.push_back(std::move(location));
            }
            return locations;
          }};
}

}  // namespace aldis::templates
