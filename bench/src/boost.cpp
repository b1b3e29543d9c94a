#include "subject_of.hpp"
#include <boost/signals2/signal.hpp>
#include <boost/version.hpp>

namespace bench {
namespace {

template <class Arg>
struct boost_signal {
  using connection = boost::signals2::connection;
  static constexpr std::size_t size = sizeof(boost::signals2::signal<void(Arg)>);

  boost::signals2::signal<void(Arg)> wrapped;

  connection connect(receiver<Arg> target) { return wrapped.connect(target); }
  void send(Arg argument) { wrapped(argument); }
  void disconnect(connection& c) { c.disconnect(); }
};

struct boost_fresh {
  using signal = boost::signals2::signal<void(int)>;

  struct listener {
    listener(signal& from, tally& counter)
        : own(&counter), connection(from.connect([this](int amount) { on(amount); })) {}
    void on(int amount) { own->n += static_cast<unsigned>(amount); }

    tally* own;
    boost::signals2::scoped_connection connection;
  };

  static void send(signal& to, int amount) { to(amount); }
};

}  // namespace

library boost_library() {
  return make_library<boost_signal, boost_fresh>("Boost.Signals2", BOOST_LIB_VERSION, true);
}

}  // namespace bench
