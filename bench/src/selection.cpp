#include <aldis/aldis.hpp>

#include "harness.hpp"
#include "subject.hpp"

#include <algorithm>
#include <memory>
#include <random>
#include <unordered_map>

namespace bench {
namespace {

struct entry {
  void (*function)(void*, int);
  void* object;
};

using receivers_by_sender = std::unordered_map<int, std::vector<entry>>;

void add(void* object, int) { ++static_cast<tally*>(object)->n; }

template <class Signal>
[[gnu::noinline]] void send_once(Signal& s, int sender) {
  s.send(sender);
}

[[gnu::noinline]] void find_and_call(const receivers_by_sender& map, int sender) {
  const auto found = map.find(sender);
  if (found == map.end()) return;
  for (const entry& each : found->second) each.function(each.object, sender);
}

[[gnu::noinline]] void call_all(const std::vector<entry>& entries, int sender) {
  for (const entry& e : entries) e.function(e.object, sender);
}

/// Cycles through a fixed list of senders.
class senders {
 public:
  explicit senders(std::vector<int> all) : all_(std::move(all)) {}
  int next() {
    if (++at_ == all_.size()) at_ = 0;
    return all_[at_];
  }

 private:
  std::vector<int> all_;
  std::size_t at_ = 0;
};

}  // namespace

std::string selection_cases(std::size_t rounds) {
  constexpr int count = 100'000;
  std::vector<tally> tallies(count);
  std::vector<tally> map_tallies(count);
  std::vector<tally> raw_tallies(8);
  std::vector<tally> plain_tallies(8);

  aldis::signal<void(int)> selected;
  receivers_by_sender map;
  for (int i = 0; i < count; ++i) {
    tally* t = &tallies[static_cast<std::size_t>(i)];
    selected.connect([t](int) { ++t->n; }, aldis::from(i));
    map[i].push_back({&add, &map_tallies[static_cast<std::size_t>(i)]});
  }
  // For comparison, a signal without receivers of a sender.
  aldis::signal<void(int)> plain;
  // And one with receivers of other senders beside the plain ones.
  aldis::signal<void(int)> mixed;
  for (tally& t : plain_tallies) {
    plain.connect([p = &t](int) { ++p->n; });
    mixed.connect([p = &t](int) { ++p->n; });
    mixed.connect([p = &tallies.front()](int) { ++p->n; }, aldis::from(-1 - count));
  }
  std::vector<entry> raw;
  for (tally& t : raw_tallies) raw.push_back({&add, &t});
  std::vector<entry> raw_one{raw.front()};

  const auto case_of = [&](std::string_view name, std::vector<int> order) {
    auto shared = std::make_shared<senders>(std::move(order));
    const auto loop = [shared](auto& target, auto send) {
      return [shared, &target, send](std::size_t times) {
        for (auto* p = &target; times != 0; --times) {
          opaque(p);
          send(*p, shared->next());
        }
      };
    };
    const bool one = !name.starts_with("8 receivers");
    std::vector<contestant> contestants{{"raw loop", loop(one ? raw_one : raw, &call_all)}};
    if (one) {
      contestants.push_back({"std::unordered_map", loop(map, &find_and_call)});
      contestants.push_back({"aldis", loop(selected, &send_once<decltype(selected)>)});
    } else {
      auto& eight = name.ends_with("none selected") ? plain : mixed;
      contestants.push_back({"aldis", loop(eight, &send_once<decltype(plain)>)});
    }
    return "{\"case\": \"" + std::string(name) + "\", \"results\": " + race(contestants, rounds) +
           "}";
  };

  std::vector<int> shuffled(count);
  for (int i = 0; i < count; ++i) shuffled[static_cast<std::size_t>(i)] = i;
  std::shuffle(shuffled.begin(), shuffled.end(), std::mt19937(1));

  std::string json = "[" + case_of("same sender", {count / 2});
  const auto half = static_cast<std::size_t>(count / 2);
  for (std::size_t i = 0; i < tallies.size(); ++i)
    require((tallies[i].n != 0) == (i == half), "aldis called a receiver of another sender");
  json += ", " + case_of("64 senders in turn", {shuffled.begin(), shuffled.begin() + 64});
  json += ", " + case_of("every sender, shuffled", shuffled);
  json += ", " + case_of("8 receivers, none selected", {1});
  return json + ", " + case_of("8 receivers beside others' selected ones", {1}) + "]";
}

}  // namespace bench
