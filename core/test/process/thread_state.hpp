#pragma once

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstring>
#include <thread>

/// The kernel's thread id.
inline pid_t this_thread() { return static_cast<pid_t>(syscall(SYS_gettid)); }

/// Whether a thread of this process sleeps, for instance because it waits for another. Safe in a
/// signal handler.
inline bool asleep(pid_t thread) {
  char path[64];
  std::snprintf(path, sizeof path, "/proc/self/task/%d/stat", static_cast<int>(thread));
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  char text[256];
  const ssize_t size = read(file, text, sizeof text - 1);
  close(file);
  if (size <= 0) return false;
  text[size] = 0;
  // "number (name) state ..."
  const char* const name_end = std::strrchr(text, ')');
  return name_end && name_end[1] == ' ' && name_end[2] == 'S';
}

/// False if the condition does not become true within the deadline.
template <class Condition>
bool comes_true(const Condition& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}
