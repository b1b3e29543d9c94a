// A receiver on another thread
//
// on(executor) queues the call, and the send continues. After disconnect() no
// queued call runs.
//
// Output:
//     sent
//     the worker greets the elephant
//     the worker greets the lion
//     nobody greets the mouse

#include <aldis/aldis.hpp>
#include <aldis/async/on.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>

#include <iostream>
#include <latch>
#include <string_view>

int main() {
  std::latch printed(1);
  //[show]
  boost::asio::thread_pool worker(1);
  aldis::signal<void(std::string_view)> arrived;

  aldis::connection c = arrived.connect(
      [&](std::string_view who) {
        printed.wait();  // so that the output has an order
        std::cout << "the worker greets the " << who << "\n";
      },
      aldis::on(worker));

  arrived.send("elephant");
  arrived.send("lion");
  std::cout << "sent\n";
  printed.count_down();
  boost::asio::post(worker, boost::asio::use_future).wait();  // both are done

  c.disconnect();
  arrived.send("mouse");
  worker.join();
  std::cout << "nobody greets the mouse\n";
  //[/show]
}
