#include "asymmetric_fence.hpp"

#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <ctime>
#include <mutex>

#if defined(__linux__)
#include <sys/mman.h>
#include <sys/syscall.h>
#endif

// Defined in programs that run under ThreadSanitizer, whichever of their files were built with it.
// NOLINTNEXTLINE(readability-identifier-naming): its name
extern "C" void __tsan_init() __attribute__((weak));

namespace aldis::reclamation {

namespace {

#if defined(__linux__) && defined(__x86_64__)

// From <linux/membarrier.h>, which is not installed everywhere.
constexpr int query = 0;
constexpr int private_expedited = 1 << 3;
constexpr int register_private_expedited = 1 << 4;

long membarrier(int command) noexcept { return syscall(SYS_membarrier, command, 0, 0); }

bool membarrier_works() noexcept {
  const long supported = membarrier(query);
  return supported >= 0 && (supported & private_expedited) != 0 &&
         membarrier(register_private_expedited) == 0;
}

// What interrupt_processors needs, mapped at load. Shared, so that it stays a mapping of its own,
// and changing its permissions needs no memory.
std::size_t page_size = 0;
void* page = nullptr;
// Unlocked at every fork: a thread that holds it also holds the registry's mutex or a writer's.
constinit std::mutex page_mutex;

/// One for all registries.
bool reserve_page() noexcept {
  const std::lock_guard lock(page_mutex);
  if (!page) {
    page_size = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    page = mmap(nullptr, page_size, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  }
  return page != MAP_FAILED;
}

// For a writer that finds membarrier refused although it worked before, because a seccomp
// filter was installed later: removing the write permission of a page that was just written makes
// the kernel interrupt every processor that runs this process (a TLB shootdown). Not on processors
// that flush remote pages without interrupts (AMD INVLPGB, if the kernel uses it): so programs
// should call use_fences() before sandboxing.
bool interrupt_processors() noexcept {
  const std::lock_guard lock(page_mutex);
  if (mprotect(page, page_size, PROT_READ | PROT_WRITE) != 0) return false;
  *static_cast<volatile char*>(page) = 1;
  return mprotect(page, page_size, PROT_READ) == 0;
}

#else

bool membarrier_works() noexcept { return false; }
bool reserve_page() noexcept { return false; }
long membarrier(int) noexcept { return -1; }
bool interrupt_processors() noexcept { return false; }
constexpr int private_expedited = 0;

#endif

// The last resort: stores leave a processor's buffer within microseconds, and a thread that does
// not run has none there.
void outwait_store_buffers() noexcept {
  timespec left{0, 10'000'000};
  while (nanosleep(&left, &left) != 0) {
  }
}

}  // namespace

void asymmetric_fence::prepare() noexcept {
  const bool works = __tsan_init == nullptr && membarrier_works() && reserve_page();
  enabled.store(works);
  ever_enabled.store(works);
}

void asymmetric_fence::heavy() noexcept {
  std::atomic_signal_fence(std::memory_order_seq_cst);
  if (membarrier(private_expedited) == 0) return;
  enabled.store(false);
  if (!interrupt_processors()) outwait_store_buffers();
}

}  // namespace aldis::reclamation
