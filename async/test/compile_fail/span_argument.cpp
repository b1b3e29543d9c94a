// expect: aldis: a receiver on an executor is called after the send

#include <aldis/async/on.hpp>
#include <aldis/signal.hpp>

#include <span>
#include <vector>

void connect(aldis::signal<void(std::span<const int>)>& views,
             aldis::signal<void(const std::vector<int>&)>& values,
             boost::asio::io_context& context) {
  values.connect([](const std::vector<int>&) {}, aldis::on(context));
#ifdef MISUSE
  views.connect([](std::span<const int>) {}, aldis::on(context));
#endif
  static_cast<void>(views);
}
