#pragma once

// Executes a thread instruction by instruction, with the processor's trap flag. Programs that
// include it check ALDIS_STEPS first.

#include "sanitizers.hpp"

// A stopped thread must not hold the internal locks of the thread sanitizer.
#if defined(__linux__) && defined(__x86_64__) && !defined(ALDIS_SANITIZES_THREADS)
#define ALDIS_STEPS 1

#include "check.hpp"
#include <ucontext.h>

#include <csignal>

/// Called after each instruction, in a signal handler.
class step_handler {
 public:
  /// `next`: the instruction that is executed next. False: no more steps.
  virtual bool step(const unsigned char* next) = 0;

 protected:
  ~step_handler() = default;
};

/// Single-steps this thread during its lifetime.
class single_step {
 public:
  explicit single_step(step_handler& handler) {
    current = &handler;
    struct sigaction action {};
    action.sa_sigaction = &on_trap;
    action.sa_flags = SA_SIGINFO;
    CHECK(sigaction(SIGTRAP, &action, nullptr) == 0);
    // Below the red zone.
    asm volatile("sub $128, %%rsp; pushfq; orq %0, (%%rsp); popfq; add $128, %%rsp"
                 :
                 : "i"(trap)
                 : "cc", "memory");
  }
  single_step(const single_step&) = delete;
  single_step& operator=(const single_step&) = delete;
  ~single_step() { current = nullptr; }

 private:
  static constexpr greg_t trap = 0x100;
  static constinit inline step_handler* current = nullptr;

  static void on_trap(int, siginfo_t*, void* context) {
    auto& registers = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
    // NOLINTNEXTLINE(performance-no-int-to-ptr): so the kernel tells it
    const auto* const next = reinterpret_cast<const unsigned char*>(registers[REG_RIP]);
    if (current && current->step(next)) {
      registers[REG_EFL] |= trap;
    } else {
      current = nullptr;
      registers[REG_EFL] &= ~trap;
    }
  }
};

#endif
