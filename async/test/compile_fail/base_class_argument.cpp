// expect: aldis: a receiver on an executor is called after the send, and a copy of a base class

#include <aldis/async/on.hpp>
#include <aldis/signal.hpp>

struct shape {
  virtual ~shape() = default;
};
struct circle final : shape {};

void connect(aldis::signal<void(const circle&)>& circles, aldis::signal<void(const shape&)>& shapes,
             boost::asio::io_context& context) {
  circles.connect([](const shape&) {}, aldis::on(context));
#ifdef MISUSE
  shapes.connect([](const shape&) {}, aldis::on(context));
#endif
  static_cast<void>(shapes);
}
