#pragma once

#include <aldis/detail/signal_base.hpp>
#include <aldis/export.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace aldis {

/// What is known about one receiver.
struct receiver_info {
  std::string label;  ///< of the option, else its type and the line that connected it
  std::string file;   ///< where it was connected
  unsigned line = 0;
  std::string id;         ///< empty: none
  std::string selection;  ///< "everyone", or the options in words: "from(\"king\"), when"
  int priority = 0;
  bool weak = false;  ///< ends with an object that it tracks
  bool blocked = false;
  std::uint64_t times_left = 0;      ///< 0: no limit
  std::uint64_t calls = 0;           ///< since count_calls(true)
  std::chrono::nanoseconds time{0};  ///< inside it, since count_calls(true)
  aldis::connection connection;      ///< to disconnect or block it

  // Only for a receiver on an executor, whose `calls` and `time` are about queueing; else 0.
  std::uint64_t capacity = 0;  ///< 0: no limit
  std::uint64_t queued = 0;    ///< sent, but not started yet
  std::uint64_t running = 0;
  std::uint64_t started = 0;   ///< calls, ever
  std::uint64_t dropped = 0;   ///< sent, but never started: overflow, or replaced
  std::uint64_t failures = 0;  ///< calls that threw
};

namespace detail {

template <>
struct receiver_list<receiver_info> {
  ALDIS_API static std::vector<receiver_info> of(signal_state* c);
  ALDIS_API static receiver_info one(const connection& c);
};

/// A type's name, demangled.
ALDIS_API std::string readable(const char* type_name);

}  // namespace detail

}  // namespace aldis
