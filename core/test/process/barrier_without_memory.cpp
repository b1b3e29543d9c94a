// A sandbox starts to refuse membarrier while sends use the fast path, and there is no memory for a
// new mapping. A disconnect must still get its barrier, or wait if nothing else is allowed.

#include <aldis/aldis.hpp>

#include "check.hpp"
#include "seccomp.hpp"
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <ctime>
#include <latch>
#include <thread>

namespace {

std::atomic<bool> no_memory{false}, no_rights{false};
std::atomic<int> rights_taken{0}, naps{0};

}  // namespace

// Replaces libc's function, to see what the library calls.

extern "C" void* mmap(void* at, std::size_t size, int rights, int flags, int file,
                      off_t offset) noexcept {
  if (no_memory) {
    errno = ENOMEM;
    return MAP_FAILED;
  }
  // NOLINTNEXTLINE(performance-no-int-to-ptr): so the kernel answers
  return reinterpret_cast<void*>(syscall(SYS_mmap, at, size, rights, flags, file, offset));
}

extern "C" int mprotect(void* at, std::size_t size, int rights) noexcept {
  if (no_rights) {
    errno = EPERM;
    return -1;
  }
  const int result = static_cast<int>(syscall(SYS_mprotect, at, size, rights));
  if (result == 0 && rights == PROT_READ) ++rights_taken;
  return result;
}

extern "C" int nanosleep(const timespec* time, timespec* left) {
  ++naps;
  return static_cast<int>(syscall(SYS_nanosleep, time, left));
}

int main() {
  if (!aldis::light_sends()) return 77;
  aldis::signal<void()> first, second;
  const auto in_first = first.connect([] {});
  const auto in_second = second.connect([] {});
  std::latch known(1), go(1);
  // Without another sending thread, no barrier would be needed.
  std::thread sender([&] {
    first.send();
    second.send();
    known.count_down();
    go.wait();
  });
  known.wait();

  CHECK(refuse_membarrier());
  no_memory = true;
  rights_taken = naps = 0;
  CHECK(in_first.disconnect() == aldis::disconnect_result::disconnected);
  CHECK(rights_taken == 1);
  CHECK(naps == 0);
  CHECK(!aldis::light_sends());

  no_rights = true;
  CHECK(in_second.disconnect() == aldis::disconnect_result::disconnected);
  CHECK(rights_taken == 1);
  CHECK(naps == 1);
  no_memory = no_rights = false;

  go.count_down();
  sender.join();
}
