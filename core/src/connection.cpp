#include <aldis/connection.hpp>

#include "state.hpp"

#include <algorithm>
#include <mutex>
#include <vector>

namespace aldis {

using namespace detail;

connection::connection(const connection& other) noexcept : place_(other.place_) {
  if (place_) refer(*place_);
}

void connection::release() noexcept { detail::release(*place_); }

disconnect_result connection::disconnect() const noexcept {
  return place_ ? disconnect_place(*place_, {}) : disconnect_result::not_connected;
}

disconnect_result connection::request_disconnect() const noexcept {
  return place_ ? disconnect_place(*place_, {.wait = false}) : disconnect_result::not_connected;
}

disconnect_result connection::disconnect_within(std::int64_t nanoseconds) const noexcept {
  return place_ ? disconnect_place(*place_, {.nanoseconds = nanoseconds})
                : disconnect_result::not_connected;
}

bool connection::connected() const noexcept {
  if (!place_ || !place_->details->alive.load_acquire()) return false;
  full_core& c = core_of(*place_);
  const std::lock_guard lock(c.mutex);
  const place_extras* const x = place_->details->extras;
  return place_->details->alive.load_relaxed() && !(x && x->expired());
}

connection_block connection::block() const {
  if (!place_) return {};
  const std::lock_guard lock(core_of(*place_).mutex);
  ++place_->details->blocks;
  place_->call.store(nullptr);
  return connection_block(*this);
}

bool connection::blocked() const noexcept {
  if (!place_) return false;
  const std::lock_guard lock(core_of(*place_).mutex);
  return place_->details->blocks != 0;
}

connection_block& connection_block::operator=(connection_block&& other) noexcept {
  if (this != &other) {
    unblock();
    blocked_ = std::move(other.blocked_);
  }
  return *this;
}

void connection_block::unblock() noexcept {
  place* const p = connection_access::get(blocked_);
  if (!p) return;
  {
    const std::lock_guard lock(core_of(*p).mutex);
    if (--p->details->blocks == 0 && p->details->alive.load_relaxed()) {
      p->call.store(call_of(*p));
    }
  }
  blocked_ = {};
}

signal_mute::signal_mute(core* muted) noexcept : muted_(muted) {
  full_core& c = full(*muted_);
  const std::lock_guard lock(c.mutex);
  ++c.holders;
  if (c.mutes++ == 0) add_mode(c, mode_muted);
}

signal_mute& signal_mute::operator=(signal_mute&& other) noexcept {
  if (this != &other) {
    unmute();
    muted_ = std::exchange(other.muted_, nullptr);
  }
  return *this;
}

void signal_mute::unmute() noexcept {
  core* const muted = std::exchange(muted_, nullptr);
  if (!muted) return;
  full_core& c = full(*muted);
  {
    const std::lock_guard lock(c.mutex);
    if (--c.mutes == 0) remove_mode(c, mode_muted);
  }
  let_go(c);
}

scoped_connection& scoped_connection::operator=(scoped_connection&& other) noexcept {
  if (this != &other) {
    disconnect();
    owned_ = std::move(other.owned_);
    link_ = std::exchange(other.link_, nothing);
  }
  return *this;
}

disconnect_result scoped_connection::disconnect() noexcept {
  const std::uint64_t link = std::exchange(link_, nothing);
  if (link == nothing) return disconnect_result::not_connected;
  if (link == whole) return owned_.disconnect();
  return disconnect_link(*connection_access::get(owned_), link, {});
}

struct connections::state {
  std::vector<scoped_connection> owned;
  std::size_t prune_at = 16;
};

namespace {

/// What ends runs foreign code, which may add to the bag: so it is taken out of the list first,
/// which stays whole.
std::vector<scoped_connection> take_all(std::vector<scoped_connection>& owned) noexcept {
  std::vector<scoped_connection> taken;
  const std::lock_guard lock(tables_mutex);
  taken.swap(owned);
  return taken;
}

/// Nothing is left to wait for.
bool is_over(const scoped_connection& which) noexcept {
  const place* const p = connection_access::get(which.get());
  return !p || p->body.load_acquire() == body_destroyed;
}

}  // namespace

void connections::end(state* s, handed_over* used) noexcept {
  if (!s) return;
  // A receiver that is waited for may add another.
  for (bool any = true; any;) {
    std::vector<scoped_connection> ending = take_all(s->owned);
    any = !ending.empty();
    for (; !ending.empty(); ending.pop_back()) {
      ending.back().disconnect();
      // Whatever the result: a clear, or the receiver itself, may have disconnected it before.
      if (used && !is_over(ending.back())) {
        hand_over(*connection_access::get(ending.back().get()), *used);
      }
    }
  }
  delete s;
}

namespace detail {

handed_over::~handed_over() = default;

void connection_access::end(connections& bag, handed_over& used) noexcept {
  connections::end(bag.state_.load_acquire(), &used);
  bag.state_.store(nullptr);
}

void end_with(connections& bag, handed_over& used) noexcept {
  connection_access::end(bag, used);
  used.release();
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
    // What clear has kept.
    const std::lock_guard lock(tables_mutex);
    if (taken->owned.empty()) taken->owned.swap(old->owned);
    for (scoped_connection& each : old->owned) taken->owned.push_back(std::move(each));
  }
  delete old;
  return *this;
}

connections::~connections() { end(state_.load_acquire(), nullptr); }

connections& connections::operator+=(scoped_connection added) {
  state* s = state_.load_acquire();
  if (!s) {
    auto made = std::make_unique<state>();
    if (state_.compare_exchange(s, made.get())) s = made.release();
  }
  // Declared before the lock: what is pruned is let go of after it.
  std::vector<scoped_connection> kept;
  std::vector<connection> expired;
  {
    const std::lock_guard lock(tables_mutex);
    if (s->owned.size() >= s->prune_at) {
      // Those that ended by themselves; amortised against what was added since. Who still runs
      // stays: it may be who adds, and is waited for at the end.
      kept.reserve(s->owned.size() + 1);
      expired.reserve(s->owned.size());
      for (scoped_connection& each : s->owned) {
        if (is_over(each)) continue;
        if (!each.connected()) expired.push_back(each.get());
        kept.push_back(std::move(each));
      }
      s->owned.swap(kept);
      s->prune_at = s->owned.size() * 2 + 16;
    }
    s->owned.push_back(std::move(added));
  }
  for (const connection& each : expired) each.request_disconnect();
  return *this;
}

disconnect_result connections::clear() noexcept {
  disconnect_result result = disconnect_result::not_connected;
  state* const s = state_.load_acquire();
  if (!s) return result;
  std::vector<scoped_connection> ending = take_all(s->owned);
  for (auto at = ending.rbegin(); at != ending.rend(); ++at) {
    result = worse(result, at->disconnect());
  }
  // Who is still inside is kept: a guarded object must outlast it.
  std::erase_if(ending,
                [](const scoped_connection& each) { return each.connected() || is_over(each); });
  if (ending.empty()) return result;
  const std::lock_guard lock(tables_mutex);
  for (scoped_connection& each : ending) s->owned.push_back(std::move(each));
  return result;
}

std::size_t connections::size() const noexcept {
  state* const s = state_.load_acquire();
  if (!s) return 0;
  const std::lock_guard lock(tables_mutex);
  return static_cast<std::size_t>(std::count_if(s->owned.begin(), s->owned.end(),
                                                [](const auto& each) { return each.connected(); }));
}

}  // namespace aldis
