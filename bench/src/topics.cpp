#include <aldis/aldis.hpp>

#include "harness.hpp"
#include "subject.hpp"
#include <malloc.h>

#include <algorithm>
#include <memory>
#include <random>
#include <string_view>

namespace bench {
namespace {

using topical = aldis::signal<void(std::string_view)>;

std::string shown(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", value);
  return text;
}

/// Groups of patterns: each topic matches one group, and no two topics the same group.
struct scene {
  std::vector<std::string> patterns;
  std::vector<std::string> topics;
};

std::string token(std::size_t number) { return "n" + std::to_string(number); }

/// Three patterns for one topic; the last is in another branch of the trie.
scene three_matches(std::size_t patterns) {
  scene s;
  for (std::size_t i = 0; i < patterns; i += 3) {
    const std::string order = token(i / 3);
    s.patterns.push_back("orders." + order + ".created");
    s.patterns.push_back("orders." + order + ".*");
    s.patterns.push_back("*." + order + ".>");
    s.topics.push_back("orders." + order + ".created");
  }
  return s;
}

/// A hundred of the 128 combinations of seven tokens and stars.
scene hundred_matches(std::size_t patterns) {
  scene s;
  for (std::size_t i = 0; i < patterns; i += 100) {
    const std::string order = token(i / 100);
    std::string topic = order;
    for (int k = 0; k < 7; ++k) topic += ".part" + std::to_string(k);
    s.topics.push_back(topic);
    for (unsigned bits = 0; bits < 100; ++bits) {
      std::string pattern = order;
      for (unsigned k = 0; k < 7; ++k) {
        pattern += (bits >> k & 1) != 0 ? ".*" : ".part" + std::to_string(k);
      }
      s.patterns.push_back(std::move(pattern));
    }
  }
  return s;
}

struct naive_receiver {
  std::vector<std::string> pattern;
  void (*function)(void*, std::string_view);
  void* object;
};

std::vector<std::string> split(std::string_view text) {
  std::vector<std::string> result;
  for (std::size_t from = 0;;) {
    const std::size_t dot = text.find('.', from);
    result.emplace_back(text.substr(from, dot - from));
    if (dot == std::string_view::npos) return result;
    from = dot + 1;
  }
}

bool matches(const std::vector<std::string>& pattern, const std::vector<std::string_view>& topic) {
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (i >= topic.size()) return false;
    if (pattern[i] == ">") return true;
    if (pattern[i] != "*" && pattern[i] != topic[i]) return false;
  }
  return pattern.size() == topic.size();
}

[[gnu::noinline]] void try_every_pattern(const std::vector<naive_receiver>& all,
                                         std::string_view topic) {
  std::vector<std::string_view> tokens;
  for (std::size_t from = 0;;) {
    const std::size_t dot = topic.find('.', from);
    tokens.push_back(topic.substr(from, dot - from));
    if (dot == std::string_view::npos) break;
    from = dot + 1;
  }
  for (const naive_receiver& each : all) {
    if (matches(each.pattern, tokens)) each.function(each.object, topic);
  }
}

[[gnu::noinline]] void send_once(topical& s, std::string_view topic) { s.send(topic); }

class round_and_round {
 public:
  explicit round_and_round(std::vector<std::string> all) : all_(std::move(all)) {}
  std::string_view next() {
    if (++at_ == all_.size()) at_ = 0;
    return all_[at_];
  }

 private:
  std::vector<std::string> all_;
  std::size_t at_ = 0;
};

contestant sending(std::string name, topical& signal, std::vector<std::string> topics) {
  auto shared = std::make_shared<round_and_round>(std::move(topics));
  return {std::move(name), [shared, &signal](std::size_t times) {
            for (auto* s = &signal; times != 0; --times) {
              opaque(s);
              send_once(*s, shared->next());
            }
          }};
}

std::size_t bytes_in_use() {
  const struct mallinfo2 now = mallinfo2();
  return now.uordblks + now.hblkhd;
}

std::string naive(const scene& s, const std::vector<std::string>& topics, tally& counter) {
  std::vector<naive_receiver> all;
  all.reserve(s.patterns.size());
  for (const std::string& pattern : s.patterns) {
    all.push_back({split(pattern),
                   [](void* object, std::string_view) { ++static_cast<tally*>(object)->n; },
                   &counter});
  }
  std::vector<double> samples;
  const std::size_t sends = s.patterns.size() >= 100'000 ? 5 : 101;
  for (std::size_t i = 0; i < sends; ++i) {
    const double begin = now();
    try_every_pattern(all, topics[i % topics.size()]);
    samples.push_back(now() - begin);
  }
  return summary(samples);
}

std::string topic_case(std::size_t patterns, std::size_t match, std::size_t rounds) {
  const scene s = match == 3 ? three_matches(patterns) : hundred_matches(patterns);
  std::vector<std::string> shuffled = s.topics;
  std::shuffle(shuffled.begin(), shuffled.end(), std::mt19937(1));
  const std::vector<std::string> few(
      shuffled.begin(),
      shuffled.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(64, shuffled.size())));

  tally counter;
  auto signal = std::make_unique<topical>();
  const std::size_t before = bytes_in_use();
  for (const std::string& pattern : s.patterns) {
    signal->connect([p = &counter](std::string_view) { ++p->n; }, aldis::matching(pattern));
  }
  const double bytes =
      static_cast<double>(bytes_in_use() - before) / static_cast<double>(s.patterns.size());
  const std::uint64_t called = counter.n;
  for (const std::string& topic : few) signal->send(topic);
  require(counter.n - called == few.size() * match, "aldis called the wrong receivers");

  std::size_t fresh = 0;
  const contestant churn{
      "connect + disconnect", [&](std::size_t times) {
        for (; times != 0; --times) {
          signal
              ->connect([p = &counter](std::string_view) { ++p->n; },
                        aldis::matching("orders.fresh" + std::to_string(++fresh % 1000) + ".*"))
              .disconnect();
        }
      }};
  const std::string raced = race({sending("64 topics in turn", *signal, few),
                                  sending("every topic, shuffled", *signal, shuffled), churn},
                                 rounds);
  return "{\"patterns\": " + std::to_string(s.patterns.size()) +
         ", \"matches\": " + std::to_string(match) + ", \"bytes\": " + shown(bytes) +
         ", \"naive\": " + naive(s, few, counter) + ", \"results\": " + raced + "}";
}

/// The cost of a name, and of having been watched.
std::string named_case(std::size_t rounds) {
  using plain = aldis::signal<void(int)>;
  tally counter;
  plain anonymous;
  aldis::registry shop;
  plain& never = shop.named<void(int)>("never.watched");
  plain& once = shop.named<void(int)>("was.watched");
  plain& watched = shop.named<void(int)>("is.watched");
  for (plain* s : {&anonymous, &never, &once, &watched}) {
    s->connect([p = &counter](int) { ++p->n; });
  }
  static_cast<void>(shop.watch("was.*", [](const aldis::send_report&) {}));
  once.send(1);
  once.send(1);
  const auto watching = shop.watch("is.*", [](const aldis::send_report&) {});
  const auto loop = [](plain& target) {
    return [&target](std::size_t times) {
      for (auto* s = &target; times != 0; --times) {
        opaque(s);
        s->send(1);
      }
    };
  };
  return race({{"anonymous", loop(anonymous)},
               {"named", loop(never)},
               {"named, was watched", loop(once)},
               {"named, is watched", loop(watched)}},
              rounds);
}

}  // namespace

std::string topic_cases(std::size_t rounds) {
  std::string json;
  for (const unsigned match : {3U, 100U}) {
    for (const unsigned patterns : {1'000U, 100'000U, 1'000'000U}) {
      json += (json.empty() ? "{\"cases\": [" : ", ") + topic_case(patterns, match, rounds);
    }
  }
  return json + "], \"named\": " + named_case(rounds) + "}";
}

}  // namespace bench
