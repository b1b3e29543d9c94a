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

struct aldis_fresh {
  using signal = aldis::signal<void(int)>;

  struct listener {
    listener(signal& from, tally& counter)
        : own(&counter), connection(from.connect<&listener::on>(*this)) {}
    void on(int amount) { own->n += static_cast<unsigned>(amount); }

    tally* own;
    aldis::scoped_connection connection;
  };

  static void send(signal& to, int amount) { to.send(amount); }
};

}  // namespace

library aldis_library() {
  return make_library<aldis_signal, aldis_fresh>("aldis", BENCH_ALDIS_VERSION, true);
}

}  // namespace bench
