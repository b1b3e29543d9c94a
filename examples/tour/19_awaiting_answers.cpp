// Awaiting answers from coroutines
//
// async_send starts all receivers at the same time. The answers are in receiver
// order.
//
// Output:
//     the shop asks 12
//     the market asks 9
//     the friend asks 0

#include <aldis/aldis.hpp>
#include <aldis/async/async.hpp>

#include <boost/asio.hpp>

#include <iostream>
#include <string>

namespace asio = boost::asio;

struct offer {
  std::string who;
  int price;
};

//[show]
asio::awaitable<void> compare(aldis::signal<offer(int)>& wanted) {
  for (const auto& [receiver, answer] : co_await wanted.async_send(3)) {
    std::cout << answer.who << " asks " << answer.price << "\n";
  }
}

int main() {
  asio::io_context context;
  aldis::signal<offer(int)> wanted;  // how many

  wanted.connect(
      [](int count) -> asio::awaitable<offer> {
        co_await asio::post(asio::use_awaitable);  // an asynchronous operation
        co_return offer{"the shop", 4 * count};
      },
      aldis::on(context));
  wanted.connect(
      [](int count) {
        return offer{"the market", 3 * count};
      },
      aldis::on(context));
  wanted.connect([](int) {
    return offer{"the friend", 0};
  });  // answers at once, but is third in order

  asio::co_spawn(context, compare(wanted), asio::detached);
  context.run();
}
//[/show]
