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

}  // namespace

library libsigcpp_library() {
  // The reference counts are not atomic: two threads must not send one signal.
  return make_library<libsigcpp_signal>("libsigc++", BENCH_LIBSIGCPP_VERSION, false);
}

}  // namespace bench
