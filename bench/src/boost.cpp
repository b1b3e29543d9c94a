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

}  // namespace

library boost_library() {
  return make_library<boost_signal>("Boost.Signals2", BOOST_LIB_VERSION, true);
}

}  // namespace bench
