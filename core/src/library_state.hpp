#pragma once

#include <aldis/detail/engine.hpp>
#include <aldis/detail/intrusive_list.hpp>

#include "reclamation/thread_registry.hpp"

#include <mutex>

namespace aldis::detail {

struct signal_impl;
list_links<signal_impl>& links_of_signal(signal_impl& signal) noexcept;
using signal_list = intrusive_list<signal_impl, &links_of_signal>;

/// Shared by all signals that one copy of the library made: their threads, and what is deferred
/// until threads leave. The registry's mutex guards it. Never destroyed.
struct library_state : reclamation::thread_registry {
  using thread_registry::thread_registry;

  signal_list signals;                       ///< all, for fork
  receiver_slot* deferred = nullptr;         ///< to be destroyed by the last thread to leave
  signal_impl* abandoned_signals = nullptr;  ///< destroyed while a send is in them
  receiver_slot tombstone{};  ///< replaces slots that left signal_state::unfiltered; never called
};

/// The state of this copy of the library. A program and a plugin that each contain a static copy
/// have one each.
extern library_state the_library;

/// Guards registries, sender scopes and bags of connections. Taken before every other mutex. One
/// for all of them, so that fork() can take it.
extern std::mutex tables_mutex;

/// Prepares for fork() and the ends of threads. Once; further calls do nothing. Under the library's
/// mutex.
void initialize(library_state& library);

inline library_state& library_of(const signal_state& signal) noexcept {
  return static_cast<library_state&>(*signal.registry);
}

inline receiver_slot& tombstone_of(const signal_state& signal) noexcept {
  return library_of(signal).tombstone;
}

}  // namespace aldis::detail
