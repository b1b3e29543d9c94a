#include <aldis/aldis.hpp>
#include <aldis/async/async.hpp>

#include <boost/asio/io_context.hpp>

#include <cstdlib>

int main() {
  boost::asio::io_context context;
  int total = 0;
  aldis::signal<void(int)> paid;
  paid.connect([&](int amount) { total += amount; }, aldis::on(context));

  paid.send(42);
  context.run();

  return total == 42 ? EXIT_SUCCESS : EXIT_FAILURE;
}
