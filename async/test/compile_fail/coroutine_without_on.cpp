// expect: aldis: this receiver is a coroutine, which needs an executor to run on

#include <aldis/async/on.hpp>
#include <aldis/signal.hpp>

boost::asio::awaitable<void> work(int) { co_return; }

void connect(aldis::signal<void(int)>& ready, boost::asio::io_context& context) {
  ready.connect(work, aldis::on(context));
#ifdef MISUSE
  ready.connect(work);
#endif
}
