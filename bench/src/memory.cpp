#include "harness.hpp"
#include "subject.hpp"

#include <cerrno>
#include <cstdlib>
#include <iostream>

namespace {
std::size_t calls = 0;
std::size_t bytes = 0;

void count(std::size_t size) {
  ++calls;
  bytes += size;
}
}  // namespace

// Replaces malloc, also for the linked libraries and for operator new.
extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t n, std::size_t size);
void* __libc_realloc(void* old, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);

void* malloc(std::size_t size) {
  count(size);
  return __libc_malloc(size);
}
void* calloc(std::size_t n, std::size_t size) {
  count(n * size);
  return __libc_calloc(n, size);
}
void* realloc(void* old, std::size_t size) {
  count(size);
  return __libc_realloc(old, size);
}
void* memalign(std::size_t alignment, std::size_t size) {
  count(size);
  return __libc_memalign(alignment, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) { return memalign(alignment, size); }
int posix_memalign(void** result, std::size_t alignment, std::size_t size) {
  *result = memalign(alignment, size);
  return *result == nullptr ? ENOMEM : 0;
}
}

namespace {

struct use {
  double calls;
  double bytes;
};

template <class Work>
use count_of(std::size_t times, Work work) {
  const std::size_t calls_before = calls;
  const std::size_t bytes_before = bytes;
  work();
  return {static_cast<double>(calls - calls_before) / static_cast<double>(times),
          static_cast<double>(bytes - bytes_before) / static_cast<double>(times)};
}

std::ostream& operator<<(std::ostream& out, use u) {
  return out << "{\"calls\": " << u.calls << ", \"bytes\": " << u.bytes << "}";
}

}  // namespace

/// Prints sizes and allocations per library as JSON.
int main() {
  const use check = count_of(2, [] {
    auto* plain = new int;
    struct alignas(256) aligned {};
    auto* wide = new aligned;
    bench::opaque(plain);
    bench::opaque(wide);
    delete plain;
    delete wide;
  });
  bench::require(check.calls == 1, "allocations are not seen");

  constexpr std::size_t many = 10'000;
  const char* separator = "{";
  for (const auto& l : bench::all_libraries()) {
    auto s = l.counting();
    s->reserve(many + 1);
    bench::tally counter;
    s->construct(1);
    const use construct = count_of(100, [&] { s->construct(100); });
    const use first_connect = count_of(1, [&] { s->connect(counter); });
    const use connect = count_of(many, [&] {
      for (std::size_t i = 0; i < many; ++i) s->connect(counter);
    });
    const use first_send = count_of(1, [&] { s->send(1, 1); });
    const use send = count_of(100, [&] { s->send(1, 100); });
    std::cout << separator << "\"" << l.name << "\": {\"sizeof\": " << s->size_of_signal()
              << ", \"construct\": " << construct << ", \"first_connect\": " << first_connect
              << ", \"connect\": " << connect << ", \"first_send\": " << first_send
              << ", \"send\": " << send << "}";
    separator = ", ";
  }
  std::cout << "}\n";
}
