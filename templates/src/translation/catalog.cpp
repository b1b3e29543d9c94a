#include <aldis/templates/error.hpp>
#include <aldis/templates/render_context.hpp>
#include <aldis/templates/translation.hpp>

#include "filters/stable_sort.hpp"
#include "python_operations.hpp"
#include "text/utf8.hpp"
#include "translation/plural_rule.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fstream>
#include <functional>
#include <iterator>
#include <utility>
#include <vector>

namespace aldis::templates {

namespace {

[[noreturn]] void fail_file(const std::string& why) {
  fail(error_kind::value, "not a catalog of translations: " + why);
}

bool is_utf8(std::string_view text) noexcept {
  for (std::size_t offset = 0; offset < text.size();) {
    const char32_t character = detail::next_character(text, offset);
    if (character >= 0xDC80 && character <= 0xDCFF) return false;
  }
  return true;
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  return result;
}

std::string_view without_blanks(std::string_view text) noexcept {
  constexpr std::string_view blanks = " \t\r\v\f";
  const std::size_t begin = std::min(text.find_first_not_of(blanks), text.size());
  text.remove_prefix(begin);
  return text.substr(0, text.find_last_not_of(blanks) + 1);
}

/// Splits a text at `mark`.
std::pair<std::string_view, std::string_view> split(std::string_view text,
                                                    std::string_view mark) noexcept {
  const std::size_t end = text.find(mark);
  if (end == std::string_view::npos) return {text, {}};
  return {text.substr(0, end), text.substr(end + mark.size())};
}

/// Reads the numbers of a file, in its byte order.
class words {
 public:
  explicit words(std::string_view file) : file_(file) {
    if (file.size() < header) fail_file("it is shorter than its header");
    if (at(0) == magic) return;
    swapped_ = true;
    if (at(0) != magic) fail_file("it does not begin with the number of a .mo file");
  }

  std::uint32_t at(std::size_t offset) const noexcept {
    std::uint32_t result = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      const auto byte = static_cast<unsigned char>(file_[offset + (swapped_ ? i : 3 - i)]);
      result = result << 8U | byte;
    }
    return result;
  }

  /// The text whose length and offset are stored at `offset`.
  std::string_view text(std::size_t offset) const {
    const std::size_t size = at(offset);
    const std::size_t begin = at(offset + 4);
    // Each text ends with a NUL.
    if (begin > file_.size() || size >= file_.size() - begin) {
      fail_file("a text is outside of it");
    }
    return file_.substr(begin, size);
  }

  /// Whether the file contains a table of `count` texts there.
  bool has_table(std::size_t offset, std::size_t count) const noexcept {
    return offset <= file_.size() && count <= (file_.size() - offset) / entry;
  }

  static constexpr std::size_t entry = 8;

 private:
  static constexpr std::uint32_t magic = 0x950412de;
  static constexpr std::size_t header = 20;

  std::string_view file_;
  bool swapped_ = false;
};

/// The separator of context and message.
constexpr char separator = '\4';

std::string with_context(std::string_view context, std::string_view text) {
  std::string key(context);
  key.push_back(separator);
  key.append(text);
  return key;
}

/// The number to pass to a plural rule.
std::int64_t plural_number(const value& count) {
  if (count.is_integral()) return count.as_integer();
  if (count.is(value_kind::floating)) {
    const double number = count.as_floating();
    constexpr double most = 9.2e18;
    // A number that is not an integer is not 1.
    if (number > -most && number < most) {
      return static_cast<std::int64_t>(number < 1 ? std::floor(number) : std::ceil(number));
    }
  }
  fail(error_kind::type,
       "Plural value must be an integer, got " + std::string(detail::type_name(count)));
}

}  // namespace

struct catalog::contents {
  struct entry {
    std::string_view key;  // context and singular
    std::string_view translated;
    bool plural = false;

    bool operator<(const entry& other) const noexcept {
      return std::pair(plural, key) < std::pair(other.plural, other.key);
    }
  };

  explicit contents(std::string of) : bytes(std::move(of)) {
    if (bytes.size() > largest) {
      fail(error_kind::limit,
           "a catalog of translations is larger than " + std::to_string(largest) + " bytes");
    }
    const words file(bytes);
    constexpr std::uint32_t newest = 1;
    if (file.at(4) >> 16U > newest) {
      fail_file("its version " + std::to_string(file.at(4) >> 16U) + " is not known");
    }
    const std::size_t count = file.at(8);
    const std::size_t originals = file.at(12);
    const std::size_t translations = file.at(16);
    if (!file.has_table(originals, count) || !file.has_table(translations, count)) {
      fail_file("it is shorter than its tables");
    }
    entries.reserve(count);
    std::size_t total = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const std::string_view original = file.text(originals + i * words::entry);
      const std::string_view translated = file.text(translations + i * words::entry);
      // Otherwise a small file could contain the same megabyte a million times.
      total += original.size() + translated.size();
      if (total > bytes.size()) fail_file("its texts overlap");
      add(original, translated);
    }
    // The last of several messages with the same key wins.
    detail::stable_sort(entries, std::less<>());
  }

  const entry* find(std::string_view key, bool plural) const {
    const auto end = std::upper_bound(entries.begin(), entries.end(), entry{key, {}, plural});
    if (end == entries.begin()) return nullptr;
    const entry& last = *std::prev(end);
    return last.key == key && last.plural == plural ? &last : nullptr;
  }

  std::optional<std::string_view> find_form(std::string_view key, std::int64_t count) const {
    const entry* const found = find(key, true);
    if (!found) return std::nullopt;
    const std::int64_t form = rule(count);
    std::string_view rest = found->translated;
    for (std::int64_t i = 0; i < form; ++i) {
      const std::size_t end = rest.find('\0');
      if (end == std::string_view::npos) return std::nullopt;
      rest.remove_prefix(end + 1);
    }
    if (form < 0) return std::nullopt;
    return rest.substr(0, rest.find('\0'));
  }

  std::optional<std::string_view> find_text(std::string_view key) const {
    if (const entry* const found = find(key, false)) return found->translated;
    // Falls back to the singular form of a message that has a plural.
    return find_form(key, 1);
  }

  std::string bytes;
  std::vector<entry> entries;
  detail::plural_rule rule;

 private:
  void add(std::string_view original, std::string_view translated) {
    if (original.empty()) read_header(translated);
    if (!is_utf8(original) || !is_utf8(translated)) {
      fail_file("it has text that is not UTF-8");
    }
    const auto [key, plural] = split(original, std::string_view("\0", 1));
    entries.push_back({key, translated, key.size() != original.size()});
  }

  /// Parses lines of the form `name: content`.
  void read_header(std::string_view header) {
    while (!header.empty()) {
      const auto [line, rest] = split(header, "\n");
      header = rest;
      const auto [name, what] = split(line, ":");
      const std::string known = lower(without_blanks(name));
      if (known == "content-type") {
        const std::string charset = lower(without_blanks(split(what, "charset=").second));
        if (charset != "utf-8" && charset != "utf8" && charset != "us-ascii" &&
            charset != "ascii" && !charset.empty()) {
          fail_file("its texts are in " + charset + ", not in UTF-8");
        }
      } else if (known == "plural-forms") {
        const std::string_view expression = split(split(what, ";").second, "plural=").second;
        rule = detail::plural_rule(without_blanks(split(expression, ";").first));
      }
    }
  }
};

catalog::catalog(std::string bytes)
    : contents_(std::make_shared<const contents>(std::move(bytes))) {}

catalog catalog::from_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) fail(error_kind::value, "cannot read " + file.string());
  std::string bytes;
  std::string piece(std::size_t{64} * 1024, '\0');
  // Reads at most one piece beyond the limit, enough to see that the file is too large.
  while (bytes.size() <= largest && in) {
    in.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    bytes.append(piece, 0, static_cast<std::size_t>(in.gcount()));
  }
  return catalog(std::move(bytes));
}

std::optional<std::string> catalog::operator()(const message& wanted) const {
  std::optional<std::string_view> found;
  if (wanted.plural) {
    const std::int64_t count = plural_number(wanted.count);
    found = wanted.context ? find_plural(*wanted.context, wanted.text, count)
                           : find_plural(wanted.text, count);
  } else {
    found = wanted.context ? find(*wanted.context, wanted.text) : find(wanted.text);
  }
  return found ? std::optional<std::string>(*found) : std::nullopt;
}

std::optional<std::string_view> catalog::find(std::string_view text) const {
  return contents_->find_text(text);
}

std::optional<std::string_view> catalog::find(std::string_view context,
                                              std::string_view text) const {
  return contents_->find_text(with_context(context, text));
}

std::optional<std::string_view> catalog::find_plural(std::string_view text,
                                                     std::int64_t count) const {
  return contents_->find_form(text, count);
}

std::optional<std::string_view> catalog::find_plural(std::string_view context,
                                                     std::string_view text,
                                                     std::int64_t count) const {
  return contents_->find_form(with_context(context, text), count);
}

std::size_t catalog::size() const noexcept { return contents_->entries.size(); }

std::optional<std::string> untranslated(const message&) { return std::nullopt; }

}  // namespace aldis::templates
