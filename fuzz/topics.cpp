// Patterns and topics: compares the trie with a simple matcher.
//
// The input is a list of lines. The first character of each says what the rest is:
//     +pattern   connect; rejected if and only if it is malformed
//     -text      disconnect the receiver whose number is the length of the text
//     other      send the whole line as a topic

#include <aldis/aldis.hpp>

#include "topic_model.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

struct known {
  std::string pattern;
  aldis::connection connection;
};

void require(bool condition, const char* what, std::string_view line) {
  if (condition) return;
  std::fprintf(stderr, "%s: \"%.*s\"\n", what, static_cast<int>(line.size()), line.data());
  std::abort();
}

class comparison {
 public:
  void read(std::string_view line) {
    if (!line.empty() && line[0] == '+') {
      connect(line.substr(1));
    } else if (!line.empty() && line[0] == '-' && !all_.empty()) {
      all_[line.size() % all_.size()].connection.disconnect();
    } else {
      send(line);
    }
  }

 private:
  void connect(std::string_view pattern) {
    const std::size_t number = all_.size();
    bool accepted = true;
    try {
      all_.push_back(
          {std::string(pattern), signal_.connect([this, number] { heard_.push_back(number); },
                                                 aldis::matching(pattern))});
    } catch (const aldis::bad_topic&) {
      accepted = false;
    }
    require(accepted == topic_model::well_formed(pattern), "a pattern was misjudged", pattern);
  }

  void send(std::string_view topic) {
    std::vector<std::size_t> expected;
    for (std::size_t i = 0; i < all_.size(); ++i) {
      if (all_[i].connection.connected() && topic_model::matches(all_[i].pattern, topic)) {
        expected.push_back(i);
      }
    }
    heard_.clear();
    const std::size_t called = signal_.send(topic);
    require(heard_ == expected, "the wrong receivers heard", topic);
    require(called == expected.size(), "miscounted", topic);
    require(signal_.has_receivers_for(topic) == !expected.empty(), "the query is wrong", topic);
  }

  aldis::signal<void(std::string_view)> signal_;
  std::vector<known> all_;
  std::vector<std::size_t> heard_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  comparison compare;
  for (std::size_t from = 0; from <= all.size();) {
    const std::size_t end = std::min(all.find('\n', from), all.size());
    compare.read(all.substr(from, end - from));
    from = end + 1;
  }
  return 0;
}
