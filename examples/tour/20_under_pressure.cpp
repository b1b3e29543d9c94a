// A bounded queue under pressure
//
// A receiver that cannot keep up has a queue of two: further calls are dropped
// and counted.
//
// Output:
//     drawn: 4
//     drawn: 5
//     dropped: 3
//     the log is full: nothing was lost without a word

#include <aldis/aldis.hpp>
#include <aldis/async/on.hpp>
#include <aldis/receiver_info.hpp>

#include <boost/asio/io_context.hpp>

#include <iostream>

int main() {
  //[show]
  boost::asio::io_context context;
  aldis::signal<void(int)> moved;

  aldis::connection screen = moved.connect(
      [](int x) { std::cout << "drawn: " << x << "\n"; },
      aldis::on(context,
                {.capacity = 2, .overflow = aldis::overflow::drop_oldest}));

  for (int x = 1; x <= 5; ++x) moved.send(x);
  context.run();
  std::cout << "dropped: " << screen.info().dropped << "\n";

  aldis::signal<void(int)> logged;
  logged.connect(
      [](int) {},
      aldis::on(context, {.capacity = 1, .overflow = aldis::overflow::fail}));
  try {
    logged.send(1);
    logged.send(2);
  } catch (const aldis::queue_full&) {
    std::cout << "the log is full: nothing was lost without a word\n";
  }
  //[/show]
}
