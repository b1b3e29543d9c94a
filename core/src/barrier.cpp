// The expensive half of publication: a barrier that other threads execute for us.

#include "barrier.hpp"

#include "threads.hpp"
#include <unistd.h>

#include <atomic>
#include <ctime>
#include <mutex>

#if defined(__linux__)
#include <sys/mman.h>
#include <sys/syscall.h>
#endif

// Present in programs that run under ThreadSanitizer, whichever of its files were built with it.
// NOLINTNEXTLINE(readability-identifier-naming): its name
extern "C" void __tsan_init() __attribute__((weak));

namespace aldis::detail {

namespace {

#if defined(__linux__) && defined(__x86_64__)

// From <linux/membarrier.h>, which not every system has.
constexpr int query = 0;
constexpr int private_expedited = 1 << 3;
constexpr int register_private_expedited = 1 << 4;

long membarrier(int command) noexcept { return syscall(SYS_membarrier, command, 0, 0); }

bool membarrier_works() noexcept {
  const long supported = membarrier(query);
  return supported >= 0 && (supported & private_expedited) != 0 &&
         membarrier(register_private_expedited) == 0;
}

// What shoot_down needs, taken while there is memory. Shared, so that it stays a mapping of its
// own, and changing its rights needs no memory either.
std::size_t page_size = 0;
void* page = nullptr;
constinit std::mutex
    page_mutex;  // free at every fork: who has it also has a signal's or the domain's

bool reserve_page() noexcept {
  page_size = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  page = mmap(nullptr, page_size, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  return page != MAP_FAILED;
}

// For disconnects that find membarrier refused although it worked before (a seccomp filter
// installed late): taking a right away from a page that was just written makes the kernel interrupt
// every processor that runs this process. Processors that flush remote pages without interrupting
// (AMD INVLPGB, when the kernel uses it) are the reason to call use_fences() before sandboxing.
bool shoot_down() noexcept {
  const std::lock_guard lock(page_mutex);
  if (mprotect(page, page_size, PROT_READ | PROT_WRITE) != 0) return false;
  *static_cast<volatile char*>(page) = 1;
  return mprotect(page, page_size, PROT_READ) == 0;
}

#else

bool membarrier_works() noexcept { return false; }
bool reserve_page() noexcept { return false; }
long membarrier(int) noexcept { return -1; }
bool shoot_down() noexcept { return false; }
constexpr int private_expedited = 0;

#endif

// Where the kernel helps in no way, only time is left. Stores leave a processor within
// microseconds, and a thread that does not run has none of its own there.
void outwait() noexcept {
  timespec left{0, 10'000'000};
  while (nanosleep(&left, &left) != 0) {
  }
}

// Registering is cheap before there are threads and takes milliseconds later, so: at load.
[[maybe_unused]] const bool prepared_early = [] {
  const std::lock_guard lock(the_domain.mutex);
  prepare(the_domain);
  return true;
}();

}  // namespace

void register_barrier(hazard_domain& domain) noexcept {
  const bool works = __tsan_init == nullptr && membarrier_works() && reserve_page();
  domain.asymmetric_fence.store(works);
  domain.ever_asymmetric.store(works);
}

void heavy_barrier(hazard_domain& domain) noexcept {
  std::atomic_signal_fence(std::memory_order_seq_cst);
  if (membarrier(private_expedited) == 0) return;
  domain.asymmetric_fence.store(false);
  if (!shoot_down()) outwait();
}

}  // namespace aldis::detail
