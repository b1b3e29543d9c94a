// expect: aldis: a receiver on an executor is called after the send, and one of its arguments

#include <aldis/async/on.hpp>
#include <aldis/signal.hpp>

#include <optional>
#include <string_view>

void connect(aldis::signal<void(std::string_view)>& texts,
             aldis::signal<void(std::optional<std::string_view>)>& views,
             boost::asio::io_context& context) {
  texts.connect([](std::string_view) {}, aldis::on(context));
#ifdef MISUSE
  views.connect([](std::optional<std::string_view>) {}, aldis::on(context));
#endif
  static_cast<void>(views);
}
