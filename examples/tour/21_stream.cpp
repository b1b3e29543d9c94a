// Events as a stream
//
// A coroutine takes events one by one until the signal is destroyed.
//
// Output:
//     took 1
//     took 2
//     took 3
//     the signal is gone

#include <aldis/aldis.hpp>
#include <aldis/async/stream.hpp>

#include <boost/asio.hpp>

#include <iostream>
#include <memory>

namespace asio = boost::asio;

//[show]
asio::awaitable<void> consume(aldis::event_stream<int> numbers) {
  while (auto n = co_await numbers.next()) std::cout << "took " << *n << "\n";
  std::cout << "the signal is gone\n";
}

int main() {
  asio::io_context context;
  auto ready = std::make_unique<aldis::signal<void(int)>>();
  asio::co_spawn(context, consume(ready->stream(16)), asio::detached);

  for (int n = 1; n <= 3; ++n) ready->send(n);
  ready.reset();
  context.run();
}
//[/show]
