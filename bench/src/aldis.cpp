#include <aldis/aldis.hpp>

#include "subject_of.hpp"

namespace bench {
namespace {

template <class Arg>
struct aldis_signal {
  using connection = aldis::connection;
  static constexpr std::size_t size = sizeof(aldis::signal<void(Arg)>);

  aldis::signal<void(Arg)> wrapped;

  connection connect(receiver<Arg> target) { return wrapped.connect(target); }
  void send(Arg argument) { wrapped.send(argument); }
  void disconnect(connection& c) { c.disconnect(); }
};

}  // namespace

library aldis_library() { return make_library<aldis_signal>("aldis", BENCH_ALDIS_VERSION, true); }

}  // namespace bench
