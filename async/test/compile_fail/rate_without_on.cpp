// expect: aldis: this option is for receivers on an executor: add aldis::on

#include <aldis/async/rate.hpp>
#include <aldis/signal.hpp>

void connect(aldis::signal<void(int)>& ready, boost::asio::io_context& context) {
  ready.connect([] {}, aldis::latest, aldis::on(context));
#ifdef MISUSE
  ready.connect([] {}, aldis::latest);
#endif
}
