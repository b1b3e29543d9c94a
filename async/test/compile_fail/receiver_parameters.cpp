// expect: aldis: this receiver cannot be called with the signal's arguments

#include <aldis/async/on.hpp>
#include <aldis/signal.hpp>

struct text {};

void connect(aldis::signal<void(int)>& ready, boost::asio::io_context& context) {
  ready.connect([](int) {}, aldis::on(context));
#ifdef MISUSE
  ready.connect([](const text&) {}, aldis::on(context));
#endif
}
