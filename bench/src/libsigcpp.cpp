#include "subject_of.hpp"
#include <sigc++/sigc++.h>

namespace bench {
namespace {

template <class Arg>
struct libsigcpp_signal {
  using connection = sigc::connection;
  static constexpr std::size_t size = sizeof(sigc::signal<void(Arg)>);

  sigc::signal<void(Arg)> wrapped;

  connection connect(receiver<Arg> target) { return wrapped.connect(target); }
  void send(Arg argument) { wrapped.emit(argument); }
  void disconnect(connection& c) { c.disconnect(); }
};

struct libsigcpp_fresh {
  using signal = sigc::signal<void(int)>;

  struct listener {
    listener(signal& from, tally& counter)
        : own(&counter), connection(from.connect(sigc::mem_fun(*this, &listener::on))) {}
    listener(const listener&) = delete;
    listener& operator=(const listener&) = delete;
    ~listener() { connection.disconnect(); }
    void on(int amount) { own->n += static_cast<unsigned>(amount); }

    tally* own;
    sigc::connection connection;
  };

  static void send(signal& to, int amount) { to.emit(amount); }
};

}  // namespace

library libsigcpp_library() {
  // The reference counts are not atomic: two threads must not send one signal.
  return make_library<libsigcpp_signal, libsigcpp_fresh>("libsigc++", BENCH_LIBSIGCPP_VERSION,
                                                         false);
}

}  // namespace bench
