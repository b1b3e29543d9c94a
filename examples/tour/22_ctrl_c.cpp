// Ctrl+C is just another sender
//
// os_signal(SIGINT) is a signal like any other. Here the program sends it to
// itself.
//
// Output:
//     serving
//     told to stop
//     all put away

#include <aldis/aldis.hpp>
#include <aldis/async/async.hpp>

#include <boost/asio.hpp>

#include <csignal>
#include <iostream>

namespace asio = boost::asio;

int main() {
  //[show]
  asio::io_context context;
  auto serving = asio::make_work_guard(context);

  auto stop = [&](int) {
    std::cout << "told to stop\n";
    serving.reset();  // run() returns when nothing is left to do
  };
  aldis::os_signal(SIGINT).connect(stop, aldis::on(context), aldis::once);

  std::cout << "serving\n";
  std::raise(SIGINT);  // or somebody presses Ctrl+C
  context.run();
  std::cout << "all put away\n";
  //[/show]
}
