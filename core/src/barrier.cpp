// The expensive half of publication: a barrier that other threads execute for us.

#include "state.hpp"
#include <unistd.h>

#include <atomic>
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

// For the one disconnect that finds membarrier refused although it worked before (a seccomp filter
// installed late): taking a right away from a page that was just written makes the kernel interrupt
// every processor that runs this process. Processors that flush remote pages without interrupting
// (AMD INVLPGB, when the kernel uses it) are the reason to call use_fences() before sandboxing.
void shoot_down() noexcept {
  const auto size = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  void* const page =
      mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return;
  *static_cast<volatile char*>(page) = 1;
  mprotect(page, size, PROT_READ);
  munmap(page, size);
}

#else

bool membarrier_works() noexcept { return false; }
long membarrier(int) noexcept { return -1; }
void shoot_down() noexcept {}
constexpr int private_expedited = 0;

#endif

// Registering is cheap before there are threads and takes milliseconds later, so: at load.
[[maybe_unused]] const bool prepared_early = [] {
  const std::lock_guard lock(the_domain.mutex);
  prepare(the_domain);
  return true;
}();

}  // namespace

void register_barrier(domain& d) noexcept {
  const bool works = __tsan_init == nullptr && membarrier_works();
  d.light.store(works);
  d.ever_light.store(works);
}

void heavy_barrier(domain& d) noexcept {
  std::atomic_signal_fence(std::memory_order_seq_cst);
  if (membarrier(private_expedited) == 0) return;
  d.light.store(false);
  shoot_down();
}

}  // namespace aldis::detail
