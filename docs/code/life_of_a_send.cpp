// docs/life-of-a-send.md: one test for each step. These look into the engine; programs must not.

#include <aldis/aldis.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <latch>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace {

namespace engine = aldis::detail;

/// A signal that exposes its state.
template <class Signature>
struct glass_signal : aldis::signal<Signature> {
  engine::signal_state* state() const { return this->state_.load(); }
  unsigned reasons() const { return state()->slow_path_reasons.load() & ~engine::slow_path_fenced; }
};

const engine::hazard_frame& first_frame() { return engine::own_record->first; }

engine::receiver_slot* slot_of(const aldis::connection& c) {
  return engine::connection_access::get(c);
}

}  // namespace

TEST_CASE("step 1: a signal that nobody connected to has no core, and its send ends there") {
  glass_signal<void(int)> s;

  CHECK(s.send(1) == 0);

  CHECK(s.state() == nullptr);
  CHECK(sizeof(aldis::signal<void(int)>) == 8);
}

TEST_CASE("step 2: a thread gets a record, and announces once that it sends the signal") {
  glass_signal<void()> s;
  s.connect([] {});
  CHECK(s.state()->readers.load() == 0);

  std::thread([&] {
    CHECK(engine::own_record->registry == nullptr);
    s.send();
    CHECK(engine::own_record->registry == s.state()->registry);
    CHECK((s.state()->readers.load() & engine::own_record->bit) != 0);
  }).join();
}

TEST_CASE("step 3: one word says why a send may not take the short way") {
  glass_signal<void(int)> s;
  s.connect([] {});
  CHECK(s.reasons() == 0);
  CHECK(((s.state()->slow_path_reasons.load() & engine::slow_path_fenced) == 0) ==
        aldis::light_sends());
  {
    const auto quiet = s.mute();
    CHECK(s.reasons() == engine::slow_path_muted);
  }
  s.count_calls(true);
  CHECK(s.reasons() == engine::slow_path_counting);
  s.count_calls(false);
  s.connect([] {}, aldis::from(1));
  CHECK(s.reasons() == engine::slow_path_selective);
  s.connect([] {}, aldis::once);
  CHECK(s.reasons() == (engine::slow_path_selective | engine::slow_path_conditional));
}

TEST_CASE("step 4: the send protects the slot list it reads, unless there is but one receiver") {
  glass_signal<void()> s;
  std::vector<const void*> held;
  const void* inside = nullptr;
  s.connect([&] {
    held.push_back(first_frame()[engine::hazard::list].load());
    inside = first_frame()[engine::hazard::receiver].load();
  });

  s.send();
  CHECK(held ==
        std::vector<const void*>{aldis::light_sends() ? nullptr : s.state()->unfiltered.load()});
  CHECK(inside != nullptr);

  s.connect([] {});
  s.send();
  CHECK(held.back() == s.state()->unfiltered.load());
  CHECK(first_frame()[engine::hazard::list].load() == nullptr);
  CHECK(first_frame()[engine::hazard::receiver].load() == nullptr);
}

TEST_CASE("step 5: it goes as far as the slot list went when it began") {
  aldis::signal<void()> s;
  int late = 0;
  s.connect([&] { s.connect([&] { ++late; }); }, aldis::once);

  CHECK(s.send() == 1);
  CHECK(late == 0);
  CHECK(s.send() == 1);
  CHECK(late == 1);
}

TEST_CASE("step 6: each receiver is published before it is looked at") {
  aldis::signal<void()> s;
  std::vector<const void*> inside;
  const auto look = [&] { inside.push_back(first_frame()[engine::hazard::receiver].load()); };
  const aldis::connection a = s.connect(look);
  const aldis::connection b = s.connect(look);

  s.send();

  CHECK(inside == std::vector<const void*>{slot_of(a), slot_of(b)});
}

TEST_CASE("step 7: a receiver without a call is passed over") {
  aldis::signal<void()> s;
  aldis::connection blocked;
  aldis::connection dead;
  std::vector<aldis::connection_block> blocks;
  s.connect([&] {
    if (blocks.empty()) blocks.push_back(blocked.block());
    dead.disconnect();
  });
  blocked = s.connect([] {});
  dead = s.connect([] {});

  CHECK(s.send() == 1);
  CHECK((slot_of(blocked)->call.load() == nullptr));
  CHECK((slot_of(dead)->call.load() == nullptr));
}

TEST_CASE("step 8: receivers of one sender are looked up, and merged by priority and serial") {
  glass_signal<void(std::string_view)> s;
  std::vector<int> order;
  bool through_group = false;
  const auto note = [&](int n) { return [&order, n] { order.push_back(n); }; };
  s.connect(note(2));
  s.connect(
      [&] {
        order.push_back(3);
        through_group = first_frame()[engine::hazard::group].load() != nullptr;
      },
      aldis::from("king"));
  s.connect(note(4));
  s.connect(note(1), aldis::from("king"), aldis::priority(1));
  s.connect(note(9), aldis::from("cook"));

  s.send("king");

  CHECK(order == std::vector<int>{1, 2, 3, 4});
  CHECK(through_group);
}

TEST_CASE("step 8: a topic is looked for once, and what matched is looked at again in its turn") {
  glass_signal<void(std::string_view)> s;
  std::vector<int> order;
  bool reading = true;
  bool remembers = false;
  bool through_pattern = false;
  aldis::connection fourth;
  s.connect([&] { order.push_back(2); });
  s.connect(
      [&] {
        order.push_back(3);
        reading = first_frame()[engine::hazard::trie_epoch].load() != nullptr;
        remembers = first_frame()[engine::hazard::matched_slots].load() == s.state();
        through_pattern = first_frame()[engine::hazard::pattern].load() != nullptr;
        fourth.disconnect();
      },
      aldis::matching("a.*"), aldis::matching("a.>"));
  fourth = s.connect([&] { order.push_back(4); }, aldis::matching("*.b"));
  s.connect([&] { order.push_back(5); }, aldis::from("a.b"));
  s.connect([&] { order.push_back(1); }, aldis::matching(">"), aldis::priority(1));

  s.send("a.b");

  CHECK(order == std::vector<int>{1, 2, 3, 5});
  CHECK_FALSE(reading);
  CHECK(remembers);
  CHECK(through_pattern);
  CHECK(first_frame()[engine::hazard::matched_slots].load() == nullptr);
  CHECK(first_frame()[engine::hazard::pattern].load() == nullptr);
}

TEST_CASE("step 9: conditions are asked in turn: tracked objects, not_from, when, times") {
  aldis::signal<void(int)> s;
  auto owner = std::make_shared<int>();
  int asked = 0;
  const aldis::connection c = s.connect([] {}, aldis::tracking(owner), aldis::not_from(1),
                                        aldis::times(2), aldis::when([&](int n) {
                                          ++asked;
                                          return n > 2;
                                        }));

  CHECK(s.send(1) == 0);  // excluded: the predicate was not called
  CHECK(asked == 0);
  CHECK(s.send(2) == 0);  // rejected: no call was claimed
  CHECK(asked == 1);
  CHECK(c.info().times_left == 2);
  CHECK(s.send(3) == 1);
  CHECK(c.info().times_left == 1);
  owner.reset();
  CHECK(s.send(3) == 0);  // expired: no condition was checked
  CHECK(asked == 2);
}

TEST_CASE("step 10: all but the last receiver get copies, the last gets the argument") {
  struct counted {
    int* copies;
    explicit counted(int& c) : copies(&c) {}
    counted(const counted& other) : copies(other.copies) { ++*copies; }
    counted(counted&& other) noexcept = default;
    ~counted() = default;
    counted& operator=(const counted&) = delete;
    counted& operator=(counted&&) = delete;
  };
  static_assert(!engine::passed_in_registers<counted>);
  aldis::signal<void(counted)> s;
  for (int i = 0; i < 3; ++i) s.connect([](counted) {});
  int copies = 0;

  s.send(counted(copies));

  CHECK(copies == 2);
}

TEST_CASE("step 11: answers are gathered in order, by who did not decline") {
  aldis::signal<int(int)> s;
  s.connect([] { return 1; });
  s.connect([] { return 2; }, aldis::when([](int n) { return n > 5; }));
  s.connect([] { return 3; });

  const auto values = s.send(0).values();

  CHECK(values.size() == 2);
  CHECK(values[0] == 1);
  CHECK(values[1] == 3);
}

TEST_CASE("step 12: a send inside a send has a frame of its own") {
  aldis::signal<void(int)> s;
  std::vector<bool> first_is_running;
  s.connect([&](int n) {
    const engine::hazard_frame* const second = first_frame().next.load();
    first_is_running.push_back(first_frame()[engine::hazard::receiver].load() != nullptr);
    if (n == 0) CHECK((second && second->hazards[engine::hazard::receiver].load() != nullptr));
    if (n > 0) s.send(n - 1);
  });

  s.send(1);

  CHECK(first_is_running == std::vector<bool>{true, true});
}

TEST_CASE("step 13: an exception leaves the same way as the end does") {
  aldis::signal<void()> s;
  s.connect([] { throw std::runtime_error("no"); });

  for (int i = 0; i < 2; ++i) {  // the slow path, then the fast path
    CHECK_THROWS_AS(s.send(), std::runtime_error);

    CHECK(first_frame()[engine::hazard::receiver].load() == nullptr);
    CHECK(first_frame()[engine::hazard::list].load() == nullptr);
  }
}

TEST_CASE("step 14: whoever leaves looks for those who wait, and for what is to be destroyed") {
  aldis::signal<void()> s;
  std::latch inside{1};
  auto captured = std::make_shared<int>();
  const std::weak_ptr<int> watch = captured;
  aldis::connection c;
  c = s.connect([&, held = std::move(captured)] {
    inside.count_down();
    while (c.connected()) std::this_thread::yield();
  });
  std::thread sender([&] { s.send(); });
  inside.wait();

  CHECK(c.disconnect() == aldis::disconnect_result::disconnected);
  CHECK(watch.expired());
  sender.join();

  auto more = std::make_shared<int>();
  const std::weak_ptr<int> watch_more = more;
  s.connect([&, held = std::move(more)] {
    aldis::this_connection().disconnect();
    CHECK_FALSE(watch_more.expired());
  });
  s.send();
  CHECK(watch_more.expired());
}

TEST_CASE("step 14: the observers of a watched signal are told after the send has been left") {
  aldis::registry names;
  auto& s = names.named<void()>("watched");
  auto captured = std::make_shared<int>();
  const std::weak_ptr<int> watch = captured;
  aldis::connection c;
  c = s.connect([&, held = std::move(captured)] { c.disconnect(); });
  bool left = false;
  bool destroyed = false;
  const auto watching = names.watch("*", [&](const aldis::send_report&) {
    // Observers are called by a separate send, in the released frame.
    left = first_frame().next.load() == nullptr ||
           !(*first_frame().next.load())[engine::hazard::list].load();
    destroyed = watch.expired();
  });

  s.send();

  CHECK(left);
  CHECK(destroyed);
}

TEST_CASE("step 15: a disconnect makes sends use fences for a while") {
  glass_signal<void()> s;
  s.connect([] {});
  const auto fenced = [&] {
    return (s.state()->slow_path_reasons.load() & engine::slow_path_fenced) != 0;
  };
  std::latch sent{1};
  std::latch seen{1};
  std::thread other([&] {
    s.send();  // registers a second thread
    sent.count_down();
    seen.wait();
  });
  sent.wait();
  CHECK(fenced() == !aldis::light_sends());

  s.connect([] {}).disconnect();
  CHECK(fenced());

  for (int i = 0; i < 1024; ++i) s.send();
  CHECK(fenced() == !aldis::light_sends());
  seen.count_down();
  other.join();

  // The other thread has ended, so no barrier is needed.
  for (int i = 0; i < 64; ++i) s.connect([] {}).disconnect();
  CHECK(fenced() == !aldis::light_sends());
  CHECK((s.state()->readers.load() & ~engine::own_record->bit) == 0);
}

TEST_CASE("step 15: and when nobody chooses a sender any more, sends are short again") {
  glass_signal<void(int)> s;
  int calls = 0;
  const auto hear = [&](int) { ++calls; };
  s.connect(hear);

  const aldis::connection chosen = s.connect(hear, aldis::from(1));
  CHECK(s.reasons() == engine::slow_path_selective);
  CHECK(s.send(1) == 2);

  chosen.disconnect();
  CHECK(s.reasons() == 0);
  CHECK(s.send(1) == 1);
  CHECK(calls == 3);
}

TEST_CASE("step 16: a signal destroyed in its own send ends it after the running receiver") {
  auto s = std::make_unique<aldis::signal<void()>>();
  std::vector<int> heard;
  s->connect([&] {
    s.reset();
    heard.push_back(1);
  });
  s->connect([&] { heard.push_back(2); });

  s->send();

  CHECK(heard == std::vector<int>{1});
  CHECK(first_frame()[engine::hazard::receiver].load() == nullptr);
}
