// A signal that is gone stays in memory while a connection, a mute or a link refers to it, or a
// thread is inside. Whoever is the last frees it.

#include <aldis/aldis.hpp>

#include "check.hpp"
#include "held_memory.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace {

using source = std::unique_ptr<aldis::signal<void()>>;

source make_source() { return std::make_unique<aldis::signal<void()>>(); }

/// Whether all memory is given back that `work` takes. Once before, for what is taken only once.
template <class Work>
bool gives_back(const Work& work) {
  work();
  const std::size_t before = held;
  work();
  return held == before;
}

void connections_outlive_it(std::size_t signals, std::size_t connections) {
  std::vector<source> sources;
  std::vector<aldis::connection> kept;
  for (std::size_t i = 0; i < signals; ++i) {
    sources.push_back(make_source());
    for (std::size_t k = 0; k < connections; ++k) kept.push_back(sources.back()->connect([] {}));
  }
  sources.clear();
  for (const aldis::connection& each : kept) CHECK(!each.connected());
}

void mute_outlives_it() {
  source muted = make_source();
  muted->connect([] {});
  const auto mute = muted->mute();
  muted.reset();
}

void link_outlives_it() {
  aldis::signal<void()> from;
  source to = make_source();
  from.connect(*to);
  to.reset();
  from.send();
}

/// Destroyed in its send, by a receiver whose connection is released before or after the send ends.
void destroyed_inside(bool released_inside, int receivers) {
  source sent = make_source();
  std::optional<aldis::connection> kept;
  bool destroyed = false;
  for (int i = 0; i < receivers; ++i) {
    kept = sent->connect([&, alive = std::make_shared<int>(1)] {
      if (std::exchange(destroyed, true)) return;
      sent.reset();
      if (released_inside) kept.reset();
      CHECK(*alive == 1);
    });
  }
  const auto* const raw = sent.get();
  raw->send();
  CHECK(destroyed);
}

void released_by_another_thread() {
  source sent = make_source();
  aldis::connection kept = sent->connect([] {});
  std::thread([&] { sent->send(); }).join();
  sent.reset();
  std::thread([last = std::move(kept)] {}).join();
}

}  // namespace

int main() {
  CHECK(gives_back([] { connections_outlive_it(1, 1); }));
  CHECK(gives_back([] { connections_outlive_it(100, 1); }));
  CHECK(gives_back([] { connections_outlive_it(10, 100); }));
  CHECK(gives_back(mute_outlives_it));
  CHECK(gives_back(link_outlives_it));
  for (const int receivers : {1, 2, 20}) {
    CHECK(gives_back([&] { destroyed_inside(true, receivers); }));
    CHECK(gives_back([&] { destroyed_inside(false, receivers); }));
  }
  CHECK(gives_back(released_by_another_thread));
}
