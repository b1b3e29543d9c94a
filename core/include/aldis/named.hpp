#pragma once

#include <aldis/detail/text.hpp>
#include <aldis/detail/type_name.hpp>
#include <aldis/export.hpp>
#include <aldis/fwd.hpp>
#include <aldis/signal.hpp>
#include <aldis/topic.hpp>

#include <chrono>
#include <cstddef>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aldis {

/// Thrown when a name is requested with another signature than its signal has. The message spells
/// both.
class ALDIS_API signature_mismatch : public std::logic_error {
 public:
  using std::logic_error::logic_error;
  ~signature_mismatch() override;
};

/// One signal of a registry.
struct signal_info {
  std::string name;
  std::string doc;
  std::string signature;  ///< for instance "void (int)"
  std::size_t receivers = 0;
};

/// What an observer of a registry learns about a send that has ended.
struct send_report {
  std::string_view signal;           ///< its name; lasts as long as the call
  std::size_t receivers = 0;         ///< how many ran
  std::chrono::nanoseconds time{0};  ///< from its beginning to its end
  bool threw = false;                ///< whether one of them, or a predicate, threw
};

/// Reports are topics: their signal's name.
template <>
struct sender_key<send_report> {
  static std::string_view get(const send_report& report) noexcept { return report.signal; }
};

/// A namespace of signals: the same name is the same signal everywhere.
///
/// Threads: every member may be called from any thread; two threads that ask for the same name get
/// the same signal.
/// Lifetime: a signal lives as long as the registry; references to it may be kept.
class ALDIS_API registry {
 public:
  registry();
  registry(const registry&) = delete;
  registry& operator=(const registry&) = delete;
  ~registry();

  /// The signal of that name, made if it is new. The first text that is not empty documents it.
  ///
  /// Exceptions: signature_mismatch.
  template <class Signature, detail::text_like Name>
  signal<Signature>& named(const Name& name) {
    return find_or_make<Signature>(name, detail::text_view());
  }
  template <class Signature, detail::text_like Name, detail::text_like Doc>
  signal<Signature>& named(const Name& name, const Doc& doc) {
    return find_or_make<Signature>(name, doc);
  }

  /// The signal of that name, or null. Exceptions: signature_mismatch.
  template <class Signature, detail::text_like Name>
  signal<Signature>* find(const Name& name) const {
    return static_cast<signal<Signature>*>(lookup(name, detail::type_name<Signature>()));
  }

  /// Is there a signal of that name, with any signature?
  template <detail::text_like Name>
  bool contains(const Name& name) const {
    return knows(name);
  }

  /// Calls `observer` after every send of every signal whose name matches the pattern, including
  /// signals that are made later, as long as the result lives. Names are topics, with the patterns
  /// of `matching`; `>` matches every name. Options may follow, as in a connect.
  ///
  /// Threads: on the sending thread, after its last receiver and outside every lock; an observer
  /// may do what a receiver may, and its disconnect makes the same promise. A send that is running
  /// when `watch` is called may go unreported.
  /// Order: a send inside a send is reported before the outer one; observers in the order of
  /// connection.
  /// Exceptions: bad_topic. What an observer throws is lost, and the other observers are called.
  /// Cost: nothing for signals that are not watched; a watched send takes the slow path, and reads
  /// the clock twice. What an observer itself sends is not reported.
  template <detail::text_like Pattern, connect_option... Options>
  [[nodiscard]] scoped_connection watch(const Pattern& pattern,
                                        receiver<void(const send_report&)> observer,
                                        Options&&... options) {
    scoped_connection made = observers().connected_to(std::move(observer), matching(pattern),
                                                      std::forward<Options>(options)...);
    watch_known();
    return made;
  }

  /// All signals, by name. `all` is for programs in which Qt makes `signals` a macro.
#pragma push_macro("signals")
#undef signals
  std::vector<signal_info> signals() const;
  std::vector<signal_info> all() const { return signals(); }
#pragma pop_macro("signals")
  std::size_t size() const;

 private:
  template <class Signature>
  signal<Signature>& find_or_make(detail::text_view name, detail::text_view doc) {
    static_assert(sizeof(signal<Signature>) == sizeof(signal_base));
    const auto make = [](void* room) -> signal_base* { return ::new (room) signal<Signature>; };
    return static_cast<signal<Signature>&>(made(name, doc, detail::type_name<Signature>(), make));
  }

  signal_base& made(detail::text_view name, detail::text_view doc, const char* signature,
                    signal_base* (*make)(void* room));
  signal_base* lookup(detail::text_view name, const char* signature) const;
  bool knows(detail::text_view name) const;
  signal<void(const send_report&)>& observers() const noexcept;
  void watch_known();

  struct state;
  state* state_;
};

/// The registry of the process. Never destroyed.
ALDIS_API registry& default_registry();

/// The signal of that name in the default registry.
template <class Signature, detail::text_like Name>
signal<Signature>& named(const Name& name) {
  return default_registry().named<Signature>(name);
}
template <class Signature, detail::text_like Name, detail::text_like Doc>
signal<Signature>& named(const Name& name, const Doc& doc) {
  return default_registry().named<Signature>(name, doc);
}

}  // namespace aldis
