// expect: aldis: a receiver on an executor cannot answer with a reference

#include <aldis/async/on.hpp>
#include <aldis/signal.hpp>

void connect(aldis::signal<int&()>& found, boost::asio::io_context& context) {
  static int value = 0;
  found.connect([]() -> int& { return value; });
#ifdef MISUSE
  found.connect([]() -> int& { return value; }, aldis::on(context));
#endif
  static_cast<void>(context);
}
