#pragma once

#include <algorithm>
#include <random>
#include <string>
#include <string_view>
#include <vector>

/// Topics as documented, matched in the simplest way.
namespace topic_model {

inline std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> result(1);
  for (const char c : text) {
    if (c == '.') {
      result.emplace_back();
    } else {
      result.back() += c;
    }
  }
  return result;
}

inline bool matches(std::string_view pattern, std::string_view topic) {
  const auto wanted = split(pattern);
  const auto given = split(topic);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (i >= given.size()) return false;
    if (wanted[i] == ">") return true;
    if (wanted[i] != "*" && wanted[i] != given[i]) return false;
  }
  return wanted.size() == given.size();
}

inline bool well_formed(std::string_view pattern) {
  const auto tokens = split(pattern);
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    const std::string& token = tokens[i];
    if (token.empty()) return false;
    if (token == "*" || (token == ">" && i + 1 == tokens.size())) continue;
    for (const char c : token) {
      const auto byte = static_cast<unsigned char>(c);
      if (c == '*' || c == '>' || byte <= ' ' || byte == 0x7f) return false;
    }
  }
  return true;
}

/// Short topics of few different tokens, so that many match.
class maker {
 public:
  explicit maker(unsigned seed) : random_(seed) {}

  int below(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }

  std::string topic() {
    static const char* const words[] = {"a", "b", "c", "", "*", ">", "aa"};
    std::string result;
    for (int i = below(4); i >= 0; --i) {
      result += words[below(below(4) == 0 ? 7 : 3)];
      if (i != 0) result += '.';
    }
    return result;
  }

  std::string pattern() {
    static const char* const words[] = {"a", "b", "c", "*", "*", "aa"};
    std::string result;
    for (int i = below(4); i >= 0; --i) {
      result += i == 0 && below(3) == 0 ? ">" : words[below(6)];
      if (i != 0) result += '.';
    }
    return result;
  }

 private:
  std::mt19937 random_;
};

}  // namespace topic_model
