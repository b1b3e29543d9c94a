#include <aldis/named.hpp>
#include <aldis/receiver_info.hpp>

#include "library_state.hpp"
#include "signal_impl.hpp"
#include "watch.hpp"

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aldis {

using detail::text_view;

namespace {

std::string_view to_view(text_view from) { return {from.data, from.size}; }

/// Holds its signal, which never moves, because the map does not move its entries.
struct entry {
  std::string doc;
  std::string signature;
  alignas(signal_base) unsigned char room[sizeof(signal_base)];
  signal_base* signal = nullptr;

  entry() = default;
  entry(const entry&) = delete;
  entry& operator=(const entry&) = delete;
  // The signature does not matter: signals of every type are destroyed by the same code, so none of
  // the plugin that made it is needed.
  ~entry() {
    if (signal) static_cast<aldis::signal<void()>*>(signal)->~signal();
  }
};

/// Exceptions: signature_mismatch.
void check_signature(std::string_view name, const entry& known, const char* requested) {
  if (known.signature == requested) return;
  throw signature_mismatch("aldis: the signal \"" + std::string(name) + "\" is " +
                           detail::readable(known.signature.c_str()) + ", asked for as " +
                           detail::readable(requested));
}

}  // namespace

signature_mismatch::~signature_mismatch() = default;

struct registry::state {
  std::map<std::string, entry, std::less<>> entries;
  std::shared_ptr<detail::watchers> watching = std::make_shared<detail::watchers>();
};

registry::registry() : state_(new state) {}
registry::~registry() {
  // Destructors of receivers may ask for signals, known ones and new ones. So all receivers of a
  // round are disconnected before any of its signals is destroyed, and signals that are made
  // meanwhile are destroyed in the next round.
  for (bool any = true; any;) {
    std::map<std::string, entry, std::less<>> taken;
    {
      const std::lock_guard lock(detail::tables_mutex);
      taken.swap(state_->entries);
    }
    any = !taken.empty();
    for (auto& [name, known] : taken) known.signal->disconnect_all();
    // A send on another thread may have ended, and be about to report.
    state_->watching->observers.disconnect_all();
  }
  delete state_;
}

signal_base& registry::made(text_view name, text_view doc, const char* signature,
                            signal_base* (*make)(void* room)) {
  const std::lock_guard lock(detail::tables_mutex);
  auto found = state_->entries.find(to_view(name));
  if (found == state_->entries.end()) {
    std::string spelled(signature);
    found = state_->entries.try_emplace(std::string(to_view(name))).first;
    entry& fresh = found->second;
    fresh.signature = std::move(spelled);
    fresh.signal = make(fresh.room);
    try {
      if (is_watched(*state_->watching, found->first)) {
        begin_watch(detail::signal_base_access::state_of(*fresh.signal), state_->watching,
                    found->first);
      }
    } catch (...) {
      state_->entries.erase(found);
      throw;
    }
  }
  entry& known = found->second;
  check_signature(to_view(name), known, signature);
  if (known.doc.empty()) known.doc = to_view(doc);
  return *known.signal;
}

signal_base* registry::lookup(text_view name, const char* signature) const {
  const std::lock_guard lock(detail::tables_mutex);
  const auto found = state_->entries.find(to_view(name));
  if (found == state_->entries.end()) return nullptr;
  check_signature(to_view(name), found->second, signature);
  return found->second.signal;
}

bool registry::knows(text_view name) const {
  const std::lock_guard lock(detail::tables_mutex);
  return state_->entries.contains(to_view(name));
}

signal<void(const send_report&)>& registry::observers() const noexcept {
  return state_->watching->observers;
}

void registry::watch_known() {
  const std::lock_guard lock(detail::tables_mutex);
  for (auto& [name, known] : state_->entries) {
    if (!is_watched(*state_->watching, name)) continue;
    begin_watch(detail::signal_base_access::state_of(*known.signal), state_->watching, name);
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
  // After the lock: counting may find expired receivers, and destroys them.
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
