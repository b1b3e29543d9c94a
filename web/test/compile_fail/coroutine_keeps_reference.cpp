// expect: aldis: a coroutine takes numbers and std::string_view by value

#include <aldis/web/awaitable.hpp>
#include <aldis/web/handler.hpp>

#include <string>

using answer = boost::asio::awaitable<std::string>;

answer by_value(int id, const std::string& name) { co_return name + std::to_string(id); }

void make() {
  aldis::web::detail::make_view(&by_value);
#ifdef MISUSE
  aldis::web::detail::make_view(+[](const int& id) -> answer { co_return std::to_string(id); });
#endif
}
