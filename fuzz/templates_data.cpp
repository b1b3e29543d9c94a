// Templates with data: several templates that include, import and extend each other, and any data.
//
// The input has parts separated by lines of `%%%`. The first is the data, the second is the
// template, and further ones are the templates `a`, `b`, `c` and `d`. The first byte of the data
// selects the options; each further byte is a value, or opens, closes or names one:
//
//     0..9 integers   f a float   t true   n none   ' text to the next '   & markup to the next
//     ' [ a list   ( a tuple   { a dict   ] ends it
//
// The values are the variables v0, v1, ...; in a dict they are keys and values in turn.

#include "templates_render.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

namespace {

namespace templates = aldis::templates;

class reader {
 public:
  explicit reader(std::string_view text) : rest_(text) {}

  /// Values up to the end of the open container.
  templates::list values(int depth) {
    templates::list result;
    while (!rest_.empty()) {
      const char next = take();
      if (next == ']') break;
      result.push_back(value(next, depth));
    }
    return result;
  }

 private:
  templates::value value(char first, int depth) {
    switch (first) {
      case 'f':
        return -1234.5e-3;
      case 't':
        return true;
      case 'n':
        return nullptr;
      case '\'':
        return text();
      case '&':
        return templates::value(templates::value_kind::markup, text());
      case '[':
      case '(':
      case '{':
        return depth > 0 ? container(first, depth - 1) : nullptr;
      default:
        return first == '9' ? templates::value(INT64_MAX) : templates::value(first - '1');
    }
  }

  templates::value container(char first, int depth) {
    templates::list items = values(depth);
    if (first == '[') return items;
    if (first == '(') return templates::tuple{std::move(items)};
    templates::dict entries;
    for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
      try {
        entries[items[i]] = items[i + 1];
      } catch (const templates::error&) {
        // A list cannot be a key.
      }
    }
    return entries;
  }

  std::string_view text() {
    const std::size_t end = std::min(rest_.find('\''), rest_.size());
    const std::string_view result = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    return result;
  }

  char take() {
    const char first = rest_.front();
    rest_.remove_prefix(1);
    return first;
  }

  std::string_view rest_;
};

std::vector<std::string_view> parts(std::string_view all) {
  constexpr std::string_view between = "\n%%%\n";
  std::vector<std::string_view> result;
  for (std::size_t from = 0; from <= all.size();) {
    const std::size_t end = std::min(all.find(between, from), all.size());
    result.push_back(all.substr(from, end - from));
    from = end + between.size();
  }
  return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::vector<std::string_view> all = parts({reinterpret_cast<const char*>(data), size});
  if (all.size() < 2 || all[0].empty()) return 0;

  templates::environment_options options = fuzzed::options(static_cast<unsigned char>(all[0][0]));
  std::map<std::string, std::string, std::less<>> sources;
  for (std::size_t i = 2; i < all.size() && i < 6; ++i) {
    sources.emplace(std::string(1, "abcd"[i - 2]), all[i]);
  }
  options.loader = templates::from_map(std::move(sources));

  templates::dict variables;
  const templates::list values = reader(all[0].substr(1)).values(8);
  for (std::size_t i = 0; i < values.size(); ++i) {
    variables[templates::value("v" + std::to_string(i))] = values[i];
  }
  fuzzed::render(templates::environment(std::move(options)), all[1], variables);
  return 0;
}
