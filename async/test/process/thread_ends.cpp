// pthread_exit in a receiver ends only the thread that runs the executor: the call is counted as
// failed, and another thread makes the following calls.

#include <aldis/aldis.hpp>
#include <aldis/async/on.hpp>

#include <boost/asio/io_context.hpp>
#include <pthread.h>
#include <unistd.h>

#include <thread>
#include <vector>

int main() {
  alarm(60);
  boost::asio::io_context context;
  aldis::signal<void(int)> ready;
  std::vector<int> seen;
  struct on_the_stack {
    std::vector<int>& seen;
    ~on_the_stack() { seen.push_back(-1); }
  };
  const aldis::connection c = ready.connect(
      [&](int n) {
        const on_the_stack unwound{seen};
        seen.push_back(n);
        if (n == 1) pthread_exit(nullptr);
      },
      aldis::on(context));
  for (int i = 0; i < 3; ++i) ready.send(i);

  std::thread([&] { context.run(); }).join();
  if (seen != std::vector{0, -1, 1, -1}) return 1;
  if (c.info().running != 0 || c.info().queued != 1 || c.info().failures != 1) return 2;

  context.restart();
  context.run();
  if (seen != std::vector{0, -1, 1, -1, 2, -1}) return 3;
  if (c.info().started != 3) return 4;
  return c.disconnect() == aldis::disconnect_result::disconnected ? 0 : 5;
}
