// expect: aldis: this receiver returns a temporary, and the signal's R only refers to it

#include <aldis/async/on.hpp>
#include <aldis/signal.hpp>

#include <boost/asio/io_context.hpp>

#include <string>
#include <string_view>

void connect(aldis::signal<std::string_view()>& title, boost::asio::io_context& context) {
  title.connect([]() -> boost::asio::awaitable<const char*> { co_return "a literal"; },
                aldis::on(context));
#ifdef MISUSE
  title.connect([]() -> boost::asio::awaitable<std::string> { co_return "text"; },
                aldis::on(context));
#endif
}
