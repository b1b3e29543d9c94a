#pragma once

#include <aldis/detail/engine.hpp>
#include <aldis/fwd.hpp>

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>  // for std::hash; <aldis/signal.hpp> needs it anyway
#include <utility>

namespace aldis {

/// The result of a disconnect.
enum class disconnect_result {
  disconnected,    ///< the receiver is not running, never will, and was destroyed
  not_connected,   ///< the same, and it had been so before
  deferred,        ///< it will not be called again; the caller is inside it (or did not want to
                   ///< wait, or has no memory), and the last thread to leave it destroys it
  would_deadlock,  ///< as deferred: the threads inside it wait for this thread
  timed_out,       ///< as deferred: it was still running when the time was over
};

namespace detail {

template <class D>
concept duration_like = requires(const D& d) {
  d.count();
  D::period::num;
  D::period::den;
};

template <duration_like D>
std::int64_t nanoseconds(const D& duration) noexcept {
  const long double value = static_cast<long double>(duration.count()) * 1e9L *
                            static_cast<long double>(D::period::num) /
                            static_cast<long double>(D::period::den);
  return value >= 9e18L ? INT64_MAX : value > 0 ? static_cast<std::int64_t>(value) : 0;
}

struct connection_access;

/// Specialised by <aldis/receiver_info.hpp>, which includes <string> and <vector>.
template <class Info>
struct receiver_list {
  static_assert(!sizeof(Info*),
                "aldis: receivers() and info() need #include <aldis/receiver_info.hpp>");
  static Info* of(signal_state*);
  static Info* one(const connection&);
};

}  // namespace detail

/// One receiver of one signal. Copies refer to the same receiver.
///
/// Threads: every const member may be called from any thread, and from a receiver.
/// Lifetime: may outlive the signal; it is disconnected then.
class ALDIS_API connection {
 public:
  connection() noexcept = default;
  connection(const connection& other) noexcept;
  connection(connection&& other) noexcept : slot_(std::exchange(other.slot_, 0)) {
    if (borrowed()) keep();
  }
  connection& operator=(connection other) noexcept {
    std::swap(slot_, other.slot_);
    return *this;
  }
  ~connection() {
    if (slot_ != 0 && !borrowed()) release();
  }

  /// Disconnects the receiver: no later send calls it. Waits until no other thread is inside it,
  /// and destroys it. From inside the receiver itself it does not wait.
  ///
  /// Threads: waits while holding no lock of aldis. If the receiver wants a mutex that the caller
  /// holds, both wait for ever: use request_disconnect or disconnect_for there. Two receivers that
  /// disconnect each other are detected: one of them gets would_deadlock.
  /// Exceptions: none. A thread's first disconnect, and one inside more than one send, may have to
  /// allocate. Without memory the receiver is disconnected and waited for all the same, but it may
  /// be `deferred`: if it has a destructor, it is destroyed when this thread leaves the send that
  /// it is inside of, or when a thread next leaves any send; or by a later disconnect of it. And
  /// the receivers of receiver_disconnected() may not be told.
  disconnect_result disconnect() const noexcept;

  /// The same without waiting: if another thread is inside the receiver, `deferred`.
  disconnect_result request_disconnect() const noexcept;

  /// The same, but waits no longer than `duration`.
  template <detail::duration_like D>
  disconnect_result disconnect_for(const D& duration) const noexcept {
    return disconnect_within(detail::nanoseconds(duration));
  }

  bool connected() const noexcept;
  explicit operator bool() const noexcept { return connected(); }

  /// Sends skip the receiver while the result lives. Blocks are counted: all must be gone. A call
  /// that is running continues.
  [[nodiscard]] connection_block block() const;
  bool blocked() const noexcept;

  /// Returns a receiver_info, empty once disconnected. Needs <aldis/receiver_info.hpp>.
  template <class Info = receiver_info>
  auto info() const {
    return detail::receiver_list<Info>::one(*this);
  }

  friend bool operator==(const connection& a, const connection& b) noexcept {
    return a.slot() == b.slot();
  }
  /// An arbitrary order for std::set, stable as long as any of the copies lives. There is a
  /// std::hash, too.
  friend std::strong_ordering operator<=>(const connection& a, const connection& b) noexcept {
    return (a.slot_ & ~borrowed_bit) <=> (b.slot_ & ~borrowed_bit);
  }

 private:
  friend struct detail::connection_access;
  explicit connection(std::uintptr_t slot) noexcept : slot_(slot) {}

  detail::receiver_slot* slot() const noexcept {
    // NOLINTNEXTLINE(performance-no-int-to-ptr): a pointer has no bit that can be tested
    return reinterpret_cast<detail::receiver_slot*>(slot_ & ~borrowed_bit);
  }
  bool borrowed() const noexcept { return (slot_ & borrowed_bit) != 0; }
  /// Makes a borrowed connection own a reference.
  void keep() noexcept;

  disconnect_result disconnect_within(std::int64_t nanoseconds) const noexcept;
  void release() noexcept;

  /// The connection owns no reference: the `replies` that it is an element of keep the slot.
  static constexpr std::uintptr_t borrowed_bit = 1;

  std::uintptr_t slot_ = 0;  ///< the address of the slot, which leaves the lowest bit free
};

/// The receiver that this thread is running: the innermost one, if receivers send to each other.
/// Empty outside of any receiver.
///
///     ready.connect([](int n) { if (n > 40) aldis::this_connection().disconnect(); });
///
/// Unlike a captured connection it is valid from the first call on, even if another thread sends
/// before connect has returned. Conditions are part of their receiver: `when` sees it, too. A
/// receiver's destructor does not.
///
/// Threads: about the calling thread. A coroutine calls it before its first suspension, and keeps
/// the result.
/// Lifetime: valid even if the receiver was disconnected meanwhile, also by itself; not connected
/// then.
/// Cost: none for sends.
ALDIS_API connection this_connection() noexcept;

/// Makes sends skip a receiver while it lives.
class ALDIS_API connection_block {
 public:
  connection_block() noexcept = default;
  connection_block(connection_block&& other) noexcept = default;
  connection_block& operator=(connection_block&& other) noexcept;
  ~connection_block() { unblock(); }

  /// Unblocks before the destructor does.
  void unblock() noexcept;

 private:
  friend class connection;
  explicit connection_block(connection blocked) noexcept : blocked_(std::move(blocked)) {}

  connection blocked_;
};

/// Mutes a signal while it lives.
class ALDIS_API signal_mute {
 public:
  signal_mute() noexcept = default;
  /// Holds one more reference to the signal; may outlive the signal.
  explicit signal_mute(detail::signal_state* muted) noexcept;
  signal_mute(signal_mute&& other) noexcept : muted_(std::exchange(other.muted_, nullptr)) {}
  signal_mute& operator=(signal_mute&& other) noexcept;
  ~signal_mute() { unmute(); }

  /// Unmutes before the destructor does.
  void unmute() noexcept;

 private:
  detail::signal_state* muted_ = nullptr;
};

/// A connection that its destructor disconnects. Move-assignment disconnects the old one first.
///
/// Lifetime: the destructor waits as disconnect() does. If this thread is inside the receiver, or
/// the receiver waits for this thread, it cannot wait, and the receiver may still be running
/// afterwards: call disconnect() yourself to find out, or hold what the receiver uses in a
/// `guarded`.
///
/// From `connected_to` it removes exactly what that call added: a receiver that was connected
/// before stays connected.
class ALDIS_API scoped_connection {
 public:
  scoped_connection() noexcept = default;
  scoped_connection(connection owned) noexcept : owned_(std::move(owned)), subscription_(whole) {}
  scoped_connection(scoped_connection&& other) noexcept
      : owned_(std::move(other.owned_)),
        subscription_(std::exchange(other.subscription_, nothing)) {}
  scoped_connection& operator=(scoped_connection&& other) noexcept;
  ~scoped_connection() { disconnect(); }

  /// Does what connection::disconnect does.
  disconnect_result disconnect() noexcept;

  bool connected() const noexcept { return owned_.connected(); }
  const connection& get() const noexcept { return owned_; }

  /// Releases the connection without disconnecting.
  connection release() noexcept {
    subscription_ = nothing;
    return std::move(owned_);
  }

 private:
  friend struct detail::connection_access;
  scoped_connection(connection owned, std::uint64_t subscription) noexcept
      : owned_(std::move(owned)), subscription_(subscription) {}

  static constexpr std::uint64_t nothing = 0;
  static constexpr std::uint64_t whole = ~std::uint64_t{0};

  connection owned_;
  std::uint64_t subscription_ = nothing;  ///< the subscription to remove; or `nothing`, `whole`
};

namespace detail {

/// An object that receivers use. It is destroyed with its owner, or with the last of these
/// receivers if that is later.
class ALDIS_API guarded_object {
 public:
  guarded_object() = default;
  guarded_object(const guarded_object&) = delete;
  guarded_object& operator=(const guarded_object&) = delete;
  virtual ~guarded_object();

  void refer() noexcept { references_.fetch_add(1); }
  void release() noexcept {
    if (references_.fetch_sub(1) == 1) delete this;
  }

 private:
  atomic<std::uint32_t> references_{1};
};

/// Destroys the connections of a bag, and releases the object that their receivers use: it is
/// destroyed now unless a receiver is still running.
ALDIS_API void end_with(connections& bag, guarded_object& object) noexcept;

}  // namespace detail

/// A bag of scoped connections. Declared last in a class, it is emptied first: no receiver runs on
/// a half-destroyed object.
///
/// Threads: +=, add and clear may be called from any thread, and from the bag's receivers, even
/// while the bag is being destroyed and waits for them: what they add is disconnected as well.
/// Lifetime: the destructor waits as clear() does. If this thread is inside one of its receivers,
/// or one of them waits for this thread, it cannot wait, and receivers may still be running
/// afterwards: call clear() yourself to find out, or hold what they use in a `guarded`.
class ALDIS_API connections {
 public:
  connections() noexcept = default;
  connections(connections&& other) noexcept : state_(other.state_.exchange(nullptr)) {}
  /// Clears this one first.
  connections& operator=(connections&& other) noexcept;
  ~connections();

  connections& operator+=(scoped_connection added);
  /// The same; the result can disconnect this one alone.
  connection add(scoped_connection added) {
    connection same = added.get();
    *this += std::move(added);
    return same;
  }

  /// Disconnects all, waiting as connection::disconnect does. What is added meanwhile stays.
  /// Returns the least final of all results.
  disconnect_result clear() noexcept;

  /// How many are still connected.
  std::size_t size() const noexcept;
  bool empty() const noexcept { return size() == 0; }

 private:
  friend struct detail::connection_access;
  struct state;
  static void end(state* bag, detail::guarded_object* object) noexcept;

  detail::atomic<state*> state_;
};

namespace detail {

/// Gives the library access to a connection's slot.
struct connection_access {
  /// Takes over one reference.
  static connection adopt(receiver_slot* slot) noexcept {
    return connection(reinterpret_cast<std::uintptr_t>(slot));
  }
  /// Owns no reference, unless it is copied or moved: see lend_connections.
  static connection borrow(receiver_slot* slot) noexcept {
    return connection(reinterpret_cast<std::uintptr_t>(slot) | connection::borrowed_bit);
  }
  /// Moves it within the `replies`: a borrowed connection stays one.
  static connection relocate(connection& from) noexcept {
    return connection(std::exchange(from.slot_, 0));
  }
  static receiver_slot* get(const connection& c) noexcept { return c.slot(); }
  static void end(connections& bag, guarded_object& object) noexcept;
  static scoped_connection scoped(connection c, std::uint64_t subscription) noexcept {
    return scoped_connection(std::move(c), subscription);
  }
};

}  // namespace detail

}  // namespace aldis

// Inside the namespace, because Doxygen finds no scope for `std::hash` otherwise.
namespace std {
template <>
struct hash<aldis::connection> {
  size_t operator()(const aldis::connection& c) const noexcept {
    return hash<const void*>()(aldis::detail::connection_access::get(c));
  }
};
}  // namespace std
