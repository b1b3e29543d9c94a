// expect: aldis: a coroutine takes numbers and std::string_view by value

#include <aldis/web/awaitable.hpp>
#include <aldis/web/handler.hpp>

#include <string>

using response = boost::asio::awaitable<std::string>;

response by_value(int id, const std::string& name) { co_return name + std::to_string(id); }

void make() {
  aldis::web::detail::make_handler(&by_value);
#ifdef MISUSE
  aldis::web::detail::make_handler(
      +[](const int& id) -> response { co_return std::to_string(id); });
#endif
}
