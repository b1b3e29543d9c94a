#include <aldis/named.hpp>
#include <aldis/receiver_info.hpp>

#include "watch.hpp"

#include <map>
#include <mutex>
#include <string_view>

namespace aldis {

using detail::text_view;

namespace {

std::string_view seen(text_view from) { return {from.data, from.size}; }

/// Stays at its address in the map, so the signal does.
struct entry {
  std::string doc;
  std::string signature;
  alignas(signal_base) unsigned char room[sizeof(signal_base)];
  signal_base* signal = nullptr;

  entry() = default;
  entry(const entry&) = delete;
  entry& operator=(const entry&) = delete;
  // All signals end the same way: no code of the plugin that asked first is needed.
  ~entry() {
    if (signal) static_cast<aldis::signal<void()>*>(signal)->~signal();
  }
};

void check(std::string_view name, const entry& known, const char* asked) {
  if (known.signature == asked) return;
  throw signature_mismatch("aldis: the signal \"" + std::string(name) + "\" is " +
                           detail::readable(known.signature.c_str()) + ", asked for as " +
                           detail::readable(asked));
}

}  // namespace

signature_mismatch::~signature_mismatch() = default;

struct registry::state {
  std::map<std::string, entry, std::less<>> entries;
  std::shared_ptr<detail::watchers> watching = std::make_shared<detail::watchers>();
};

registry::registry() : state_(new state) {}
registry::~registry() {
  // Receivers that end may ask for signals, old and new. So the list stays whole, each signal stays
  // until all their receivers have ended, and what is new ends in the next round.
  for (bool any = true; any;) {
    std::map<std::string, entry, std::less<>> pending_end;
    {
      const std::lock_guard lock(detail::tables_mutex);
      pending_end.swap(state_->entries);
    }
    any = !pending_end.empty();
    for (auto& [name, known] : pending_end) known.signal->disconnect_all();
    // A send on another thread may be over, and about to tell.
    state_->watching->observers.disconnect_all();
  }
  delete state_;
}

signal_base& registry::made(text_view name, text_view doc, const char* signature,
                            signal_base* (*make)(void* room)) {
  const std::lock_guard lock(detail::tables_mutex);
  auto found = state_->entries.find(seen(name));
  if (found == state_->entries.end()) {
    std::string spelled(signature);
    found = state_->entries.try_emplace(std::string(seen(name))).first;
    entry& fresh = found->second;
    fresh.signature = std::move(spelled);
    fresh.signal = make(fresh.room);
    try {
      if (is_watched(*state_->watching, found->first)) {
        begin_watch(detail::signal_base_access::signal_of(*fresh.signal), state_->watching,
                    found->first);
      }
    } catch (...) {
      state_->entries.erase(found);
      throw;
    }
  }
  entry& known = found->second;
  check(seen(name), known, signature);
  if (known.doc.empty()) known.doc = seen(doc);
  return *known.signal;
}

signal_base* registry::lookup(text_view name, const char* signature) const {
  const std::lock_guard lock(detail::tables_mutex);
  const auto found = state_->entries.find(seen(name));
  if (found == state_->entries.end()) return nullptr;
  check(seen(name), found->second, signature);
  return found->second.signal;
}

bool registry::knows(text_view name) const {
  const std::lock_guard lock(detail::tables_mutex);
  return state_->entries.contains(seen(name));
}

signal<void(const send_report&)>& registry::observers() const noexcept {
  return state_->watching->observers;
}

void registry::watch_known() {
  const std::lock_guard lock(detail::tables_mutex);
  for (auto& [name, known] : state_->entries) {
    if (!is_watched(*state_->watching, name)) continue;
    begin_watch(detail::signal_base_access::signal_of(*known.signal), state_->watching, name);
  }
}

std::vector<signal_info> registry::signals() const {
  std::vector<signal_info> result;
  std::vector<const signal_base*> counted;
  {
    const std::lock_guard lock(detail::tables_mutex);
    for (const auto& [name, known] : state_->entries) {
      result.push_back({name, known.doc, detail::readable(known.signature.c_str()), 0});
      counted.push_back(known.signal);
    }
  }
  // Without the lock: counting may find receivers whose object is gone, and end them.
  for (std::size_t i = 0; i < counted.size(); ++i) result[i].receivers = counted[i]->size();
  return result;
}

std::size_t registry::size() const {
  const std::lock_guard lock(detail::tables_mutex);
  return state_->entries.size();
}

registry& default_registry() {
  static registry& all = *new registry;
  return all;
}

}  // namespace aldis
