// expect: aldis: a receiver on an executor is called after the send

#include <aldis/async/on.hpp>
#include <aldis/signal.hpp>

struct door {};

void connect(aldis::signal<void(door&, int)>& opened, boost::asio::io_context& context) {
  opened.connect([] {}, aldis::on(context));
#ifdef MISUSE
  opened.connect([](door&) {}, aldis::on(context));
#endif
}
