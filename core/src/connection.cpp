#include <aldis/connection.hpp>

#include "disconnect.hpp"
#include "library_state.hpp"
#include "signal_impl.hpp"
#include "slab.hpp"
#include "slot.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace aldis {

using namespace detail;

connection::connection(const connection& other) noexcept : slot_(other.slot_) {
  if (slot_ == 0) return;
  if (borrowed())
    keep();
  else
    refer(*slot());
}

void connection::keep() noexcept {
  refer_borrowed(*slot());
  slot_ &= ~borrowed_bit;
}

void connection::release() noexcept { detail::release(*slot()); }

disconnect_result connection::disconnect() const noexcept {
  return slot_ != 0 ? disconnect_slot(*slot(), {}) : disconnect_result::not_connected;
}

disconnect_result connection::request_disconnect() const noexcept {
  return slot_ != 0 ? disconnect_slot(*slot(), {.wait = false}) : disconnect_result::not_connected;
}

disconnect_result connection::disconnect_within(std::int64_t nanoseconds) const noexcept {
  return slot_ != 0 ? disconnect_slot(*slot(), {.nanoseconds = nanoseconds})
                    : disconnect_result::not_connected;
}

bool connection::connected() const noexcept {
  if (slot_ == 0 || !slot()->metadata->alive.load_acquire()) return false;
  signal_impl& signal = signal_of(*slot());
  const std::lock_guard lock(signal.mutex);
  const slot_options* const options = slot()->metadata->options;
  return slot()->metadata->alive.load_relaxed() && !(options && options->expired());
}

connection_block connection::block() const {
  if (slot_ == 0) return {};
  const std::lock_guard lock(signal_of(*slot()).mutex);
  ++slot()->metadata->blocks;
  slot()->call.store(nullptr);
  return connection_block(*this);
}

bool connection::blocked() const noexcept {
  if (slot_ == 0) return false;
  const std::lock_guard lock(signal_of(*slot()).mutex);
  return slot()->metadata->blocks != 0;
}

connection_block& connection_block::operator=(connection_block&& other) noexcept {
  if (this != &other) {
    unblock();
    blocked_ = std::move(other.blocked_);
  }
  return *this;
}

void connection_block::unblock() noexcept {
  receiver_slot* const slot = connection_access::get(blocked_);
  if (!slot) return;
  {
    const std::lock_guard lock(signal_of(*slot).mutex);
    if (--slot->metadata->blocks == 0 && slot->metadata->alive.load_relaxed()) {
      slot->call.store(call_of(*slot));
    }
  }
  blocked_ = {};
}

signal_mute::signal_mute(signal_state* muted) noexcept : muted_(muted) {
  signal_impl& signal = impl_of(*muted_);
  const std::lock_guard lock(signal.mutex);
  ++signal.holders;
  if (signal.mutes++ == 0) add_slow_path(signal, slow_path_muted);
}

signal_mute& signal_mute::operator=(signal_mute&& other) noexcept {
  if (this != &other) {
    unmute();
    muted_ = std::exchange(other.muted_, nullptr);
  }
  return *this;
}

void signal_mute::unmute() noexcept {
  signal_state* const muted = std::exchange(muted_, nullptr);
  if (!muted) return;
  signal_impl& signal = impl_of(*muted);
  {
    const std::lock_guard lock(signal.mutex);
    if (--signal.mutes == 0) remove_slow_path(signal, slow_path_muted);
  }
  release_holder(signal);
}

scoped_connection& scoped_connection::operator=(scoped_connection&& other) noexcept {
  if (this != &other) {
    disconnect();
    owned_ = std::move(other.owned_);
    subscription_ = std::exchange(other.subscription_, nothing);
  }
  return *this;
}

disconnect_result scoped_connection::disconnect() noexcept {
  const std::uint64_t subscription = std::exchange(subscription_, nothing);
  if (subscription == nothing) return disconnect_result::not_connected;
  if (subscription == whole) return owned_.disconnect();
  return disconnect_subscription(*connection_access::get(owned_), subscription, {});
}

/// Guarded by tables_mutex.
struct connections::state {
  std::vector<scoped_connection> owned;
  std::size_t prune_at = 16;
};

namespace {

/// Disconnecting runs user code, which may add to the bag, so the connections are taken out first.
std::vector<scoped_connection> take_all(std::vector<scoped_connection>& owned) noexcept {
  std::vector<scoped_connection> taken;
  const std::lock_guard lock(tables_mutex);
  taken.swap(owned);
  return taken;
}

bool is_destroyed(const scoped_connection& owned) noexcept {
  const receiver_slot* const slot = connection_access::get(owned.get());
  return !slot || slot->body.load_acquire() == body_destroyed;
}

}  // namespace

void connections::end(state* bag, guarded_object* object) noexcept {
  if (!bag) return;
  // In rounds, because a receiver that is waited for may add a connection.
  for (bool any = true; any;) {
    std::vector<scoped_connection> taken = take_all(bag->owned);
    any = !taken.empty();
    for (; !taken.empty(); taken.pop_back()) {
      taken.back().disconnect();
      // Whatever the result: a clear(), or the receiver itself, may have disconnected it before.
      if (object && !is_destroyed(taken.back())) {
        keep_until_destroyed(*connection_access::get(taken.back().get()), *object);
      }
    }
  }
  delete bag;
}

namespace detail {

guarded_object::~guarded_object() = default;

void connection_access::end(connections& bag, guarded_object& object) noexcept {
  connections::end(bag.state_.load_acquire(), &object);
  bag.state_.store(nullptr);
}

void end_with(connections& bag, guarded_object& object) noexcept {
  connection_access::end(bag, object);
  object.release();
}

}  // namespace detail

connections& connections::operator=(connections&& other) noexcept {
  if (this == &other) return *this;
  clear();
  state* const taken = other.state_.exchange(nullptr);
  if (!taken) return *this;
  state* const old = state_.exchange(taken);
  if (!old) return *this;
  {
    // Connections that clear() has kept.
    const std::lock_guard lock(tables_mutex);
    if (taken->owned.empty()) taken->owned.swap(old->owned);
    for (scoped_connection& each : old->owned) taken->owned.push_back(std::move(each));
  }
  delete old;
  return *this;
}

connections::~connections() { end(state_.load_acquire(), nullptr); }

connections& connections::operator+=(scoped_connection added) {
  state* bag = state_.load_acquire();
  if (!bag) {
    auto made = std::make_unique<state>();
    if (state_.compare_exchange(bag, made.get())) bag = made.release();
  }
  // Declared before the lock, so that pruned connections are released after it is unlocked.
  std::vector<scoped_connection> kept;
  std::vector<connection> expired;
  {
    const std::lock_guard lock(tables_mutex);
    if (bag->owned.size() >= bag->prune_at) {
      // Removes receivers that have ended by themselves; amortised over the additions since the
      // last time. A receiver that is still running stays: it may be the one that adds, and the end
      // of the bag waits for it.
      kept.reserve(bag->owned.size() + 1);
      expired.reserve(bag->owned.size());
      for (scoped_connection& each : bag->owned) {
        if (is_destroyed(each)) continue;
        if (!each.connected()) expired.push_back(each.get());
        kept.push_back(std::move(each));
      }
      bag->owned.swap(kept);
      bag->prune_at = bag->owned.size() * 2 + 16;
    }
    bag->owned.push_back(std::move(added));
  }
  for (const connection& each : expired) each.request_disconnect();
  return *this;
}

disconnect_result connections::clear() noexcept {
  disconnect_result result = disconnect_result::not_connected;
  state* const bag = state_.load_acquire();
  if (!bag) return result;
  std::vector<scoped_connection> taken = take_all(bag->owned);
  for (auto each = taken.rbegin(); each != taken.rend(); ++each) {
    result = less_final(result, each->disconnect());
  }
  // Receivers that are still running are kept: a guarded object must outlive them.
  std::erase_if(
      taken, [](const scoped_connection& each) { return each.connected() || is_destroyed(each); });
  if (taken.empty()) return result;
  const std::lock_guard lock(tables_mutex);
  taken.swap(bag->owned);
  for (scoped_connection& added : taken) bag->owned.push_back(std::move(added));
  return result;
}

std::size_t connections::size() const noexcept {
  state* const bag = state_.load_acquire();
  if (!bag) return 0;
  const std::lock_guard lock(tables_mutex);
  return static_cast<std::size_t>(std::count_if(bag->owned.begin(), bag->owned.end(),
                                                [](const auto& each) { return each.connected(); }));
}

}  // namespace aldis
