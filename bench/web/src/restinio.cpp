// restinio on one thread, without its default timer for each connection. `restinio <port>`.

#include <boost/json.hpp>
#include <restinio/all.hpp>

#include <cstdlib>
#include <string>

namespace {

struct traits : restinio::default_single_thread_traits_t {
  using timer_manager_t = restinio::null_timer_manager_t;
};

template <class Request>
auto response(const Request& to, const char* type, std::string body) {
  return to->create_response()
      .append_header(restinio::http_field::content_type, type)
      .append_header_date_field()
      .set_body(std::move(body))
      .done();
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) return 2;
  const auto handler = [](const auto& request) {
    const auto target = request->header().path();
    const std::string_view path(target.data(), target.size());
    if (path == "/") return response(request, "text/html; charset=utf-8", "hello blinker");
    if (path == "/json") {
      const boost::json::object body{{"message", "hello blinker"}, {"n", 42}, {"ok", true}};
      return response(request, "application/json", boost::json::serialize(body));
    }
    if (path.substr(0, 6) == "/user/") {
      return response(request, "text/html; charset=utf-8", "hello " + std::string(path.substr(6)));
    }
    return restinio::request_rejected();
  };
  restinio::run(restinio::on_this_thread<traits>()
                    .address("127.0.0.1")
                    .port(static_cast<std::uint16_t>(std::atoi(arguments[1])))
                    .max_pipelined_requests(64)
                    .request_handler(handler));
}
