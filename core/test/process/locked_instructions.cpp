// Counts the locked instructions of sends, by looking at each instruction before it is executed:
// none where the documentation says so (docs/guide/what-a-send-costs.md), elsewhere as many as it
// says.

#include <aldis/aldis.hpp>

#include "check.hpp"
#include "sanitizers.hpp"
#include "single_step.hpp"

#include <cstddef>
#include <latch>
#include <memory>
#include <mutex>
#include <new>
#include <string_view>
#include <thread>

// The address sanitizer adds instructions and allocations of its own.
#if defined(ALDIS_STEPS) && !defined(ALDIS_SANITIZES_ADDRESSES)

#include <dlfcn.h>

namespace {

/// Whether it has the lock prefix, exchanges a register with memory, which locks by itself, or is
/// mfence.
bool is_locked(const unsigned char* instruction) {
  static constexpr std::string_view prefixes = "\x66\x67\xf2\xf3\x2e\x36\x3e\x26\x64\x65";
  while (prefixes.find(static_cast<char>(*instruction)) != std::string_view::npos) ++instruction;
  if (*instruction == 0xf0) return true;
  if ((*instruction & 0xf0) == 0x40) ++instruction;  // REX
  if (*instruction == 0x86 || *instruction == 0x87) return instruction[1] < 0xc0;
  return instruction[0] == 0x0f && instruction[1] == 0xae && (instruction[2] & 0xf8) == 0xf0;
}

bool is_system_call(const unsigned char* instruction) {
  return instruction[0] == 0x0f && instruction[1] == 0x05;
}

struct counts {
  long locked = 0;
  long allocations = 0;  ///< calls of malloc
  long mutexes = 0;      ///< calls of pthread_mutex_lock and pthread_mutex_trylock
  long system_calls = 0;
  bool operator==(const counts&) const = default;
};

class counter final : step_handler {
 public:
  const counts& counted() const { return counts_; }

 private:
  static const void* address_of(const char* function) {
    const void* const found = dlsym(RTLD_DEFAULT, function);
    CHECK(found);
    return found;
  }

  bool step(const unsigned char* next) override {
    counts_.locked += is_locked(next) ? 1 : 0;
    counts_.allocations += next == malloc_ ? 1 : 0;
    counts_.mutexes += next == lock_ || next == trylock_ ? 1 : 0;
    counts_.system_calls += is_system_call(next) ? 1 : 0;
    return true;
  }

  const void* malloc_ = address_of("malloc");
  const void* lock_ = address_of("pthread_mutex_lock");
  const void* trylock_ = address_of("pthread_mutex_trylock");
  counts counts_;
  single_step stepping_{*this};  // last: from here on there are steps
};

template <class Work>
counts counts_of(const Work& work) {
  counter counting;
  work();
  return counting.counted();
}

enum class memory { none, allocated };

/// The locked instructions of a warm send: the thread has sent the signal before, and the program
/// has bound the functions that it calls.
template <class Send>
long locked_in(const Send& send, memory expected = memory::none) {
  for (int i = 0; i < 3; ++i) send();
  const counts counted = counts_of(send);
  CHECK((counted.allocations != 0) == (expected == memory::allocated));
  CHECK(counted.mutexes == 0);
  CHECK(counted.system_calls == 0);
  return counted.locked;
}

// What is counted must be seen.

void instructions_are_recognised() {
  long word = 1, other = 2;
  CHECK(counts_of([] {}) == counts{});
  CHECK(counts_of([&] { asm volatile("lock incq %0" : "+m"(word)); }).locked == 1);
  CHECK(counts_of([&] {
          asm volatile("lock xaddl %%eax, %0" : "+m"(word) : : "eax");
        }).locked == 1);
  CHECK(counts_of([&] { asm volatile("xchgq %1, %0" : "+m"(word), "+r"(other)); }).locked == 1);
  CHECK(counts_of([&] { asm volatile("xchgb %%al, %0" : "+m"(word) : : "eax"); }).locked == 1);
  CHECK(counts_of([] { asm volatile("xchgq %%r8, %%rcx" : : : "r8", "rcx"); }).locked == 0);
  CHECK(counts_of([] { asm volatile("mfence" : : : "memory"); }).locked == 1);
  CHECK(counts_of([] { asm volatile("lfence; sfence" : : : "memory"); }).locked == 0);
  CHECK(counts_of([&] { asm volatile("xaddq %%r9, %0" : "+m"(word) : : "r9"); }).locked == 0);

  std::mutex mutex;
  const counts of_mutex = counts_of([&] { const std::lock_guard lock(mutex); });
  CHECK(of_mutex.mutexes == 1);
  CHECK(of_mutex.locked >= 1);
  const counts of_new = counts_of([] { ::operator delete(::operator new(100)); });
  CHECK(of_new.allocations == 1);
  CHECK(counts_of([] { std::this_thread::yield(); }).system_calls == 1);
}

int called = 0;

struct listener {
  int called = 0;
  void on(int n) { called += n; }
};

using numbers = aldis::signal<void(int)>;

void receive(int n) { called += n; }
const auto receiver = [](int n) { receive(n); };

/// Checks what a send to so many receivers costs, for each receiver.
template <class Connect>
void check_each(long locked, const Connect& connect) {
  for (const int count : {1, 8}) {
    numbers signal;
    for (int i = 0; i < count; ++i) connect(signal);
    CHECK(locked_in([&] { CHECK(signal.send(1) == static_cast<std::size_t>(count)); }) ==
          locked * count);
  }
}

void plain_receivers() {
  numbers nobody, ended;
  CHECK(locked_in([&] { nobody.send(1); }) == 0);
  ended.connect([] {}).disconnect();
  CHECK(locked_in([&] { ended.send(1); }) == 0);

  check_each(0, [](numbers& s) { s.connect(receiver); });
  check_each(0, [](numbers& s) { s.connect(receiver, aldis::priority(3)); });
  check_each(0,
             [](numbers& s) { s.connect(receiver, aldis::label("a label"), aldis::priority(-3)); });

  numbers signal, linked;
  listener heard;
  signal.connect(receive);
  signal.connect<&listener::on>(heard);
  CHECK(locked_in([&] { signal.send(1); }) == 0);
  linked.connect(signal);
  CHECK(locked_in([&] { linked.send(1); }) == 0);
  CHECK(heard.called > 0);
}

void selected_receivers() {
  check_each(0, [](numbers& s) { s.connect(receiver, aldis::from(1)); });
  check_each(0, [](numbers& s) { s.connect(receiver, aldis::not_from(2)); });
  check_each(0, [](numbers& s) { s.connect(receiver, aldis::when([](int n) { return n == 1; })); });

  numbers refused;
  for (int i = 0; i < 8; ++i) {
    refused.connect(receiver, aldis::from(2));
    refused.connect(receiver, aldis::not_from(1));
    refused.connect(receiver, aldis::when([](int n) { return n != 1; }));
  }
  CHECK(locked_in([&] { CHECK(refused.send(1) == 0); }) == 0);

  aldis::signal<void(std::string_view)> topics;
  for (const char* pattern : {"a.*", "*.b", ">", "a.b", "c"})
    topics.connect([] { ++called; }, aldis::matching(pattern));
  CHECK(locked_in([&] { CHECK(topics.send("a.b") == 4); }) == 0);
}

void blocked_and_muted() {
  numbers signal;
  const auto blocked = signal.connect([] {}).block();
  CHECK(locked_in([&] { CHECK(signal.send(1) == 0); }) == 0);
  signal.connect([] {});
  CHECK(locked_in([&] { CHECK(signal.send(1) == 1); }) == 0);
  const auto muted = signal.mute();
  CHECK(locked_in([&] { CHECK(signal.send(1) == 0); }) == 0);
}

void nested_sends() {
  numbers inner, outer;
  for (int i = 0; i < 8; ++i) inner.connect(receiver);
  outer.connect([&](int n) { inner.send(n); });
  outer.connect([&](int n) { inner.send(n); });
  CHECK(locked_in([&] { CHECK(outer.send(1) == 2); }) == 0);
}

void large_arguments() {
  struct large {
    long numbers[8];
  };
  aldis::signal<void(const large&)> by_reference;
  aldis::signal<void(large)> by_value;
  by_reference.connect([](const large& l) { called += static_cast<int>(l.numbers[0]); });
  for (int i = 0; i < 8; ++i)
    by_value.connect([](const large& l) { called += static_cast<int>(l.numbers[0]); });
  const large sent{{1}};
  CHECK(locked_in([&] { by_reference.send(sent); }) == 0);
  CHECK(locked_in([&] { by_value.send(sent); }) == 0);
}

// What the documentation says costs something.

void costly_receivers() {
  const auto object = std::make_shared<int>(1);
  check_each(1, [](numbers& s) { s.connect(receiver, aldis::times(100)); });
  check_each(2, [&](numbers& s) { s.connect(receiver, aldis::tracking(object)); });

  numbers counted;
  for (int i = 0; i < 8; ++i) counted.connect(receiver);
  counted.count_calls(true);
  CHECK(locked_in([&] { counted.send(1); }) == 8 * 2);
}

void answers() {
  aldis::signal<int(int)> few, many;
  for (int i = 0; i < 8; ++i) few.connect([](int n) { return n; });
  for (int i = 0; i < 40; ++i) many.connect([](int n) { return n; });
  CHECK(locked_in([&] { CHECK(few.send(1).size() == 8); }) == 2);
  CHECK(locked_in([&] { CHECK(many.send(1).size() == 40); }, memory::allocated) == 2);

  numbers robust;
  for (int i = 0; i < 8; ++i) robust.connect(receiver);
  CHECK(locked_in([&] { CHECK(robust.send_robust(1).ok()); }, memory::allocated) == 8 * 2);
}

/// After a disconnect, while another thread sends the signal.
void sends_with_fences() {
  numbers signal;
  for (int i = 0; i < 8; ++i) signal.connect(receiver);
  const auto other = signal.connect([] {});
  std::latch sent(1), end(1);
  std::thread sender([&] {
    signal.send(1);
    sent.count_down();
    end.wait();
  });
  sent.wait();
  other.disconnect();
  CHECK(locked_in([&] { CHECK(signal.send(1) == 8); }) >= 8);
  end.count_down();
  sender.join();
}

}  // namespace

int main() {
  // With a second thread, because libc executes no locked instructions while there is only one.
  std::latch end(1);
  std::thread second([&] { end.wait(); });
  instructions_are_recognised();
  if (aldis::light_sends()) {
    plain_receivers();
    selected_receivers();
    blocked_and_muted();
    nested_sends();
    large_arguments();
    costly_receivers();
    answers();
    sends_with_fences();
  }
  end.count_down();
  second.join();
  return aldis::light_sends() ? 0 : 77;
}

#else

int main() { return 77; }

#endif
