// cpp-httplib keeps a thread for each connection: enough threads for the connections of wrk,
// without Nagle's delay and with unlimited keep-alive. `httplib <port>`.

#include <boost/json.hpp>
#include <httplib.h>

#include <cstdlib>
#include <string>

int main(int count, char** arguments) {
  if (count != 2) return 2;
  httplib::Server server;
  server.new_task_queue = [] { return new httplib::ThreadPool(72); };
  server.set_tcp_nodelay(true);
  server.set_keep_alive_max_count(1'000'000'000);
  server.Get("/", [](const httplib::Request&, httplib::Response& response) {
    response.set_content("hello blinker", "text/html; charset=utf-8");
  });
  server.Get("/json", [](const httplib::Request&, httplib::Response& response) {
    const boost::json::object body{{"message", "hello blinker"}, {"n", 42}, {"ok", true}};
    response.set_content(boost::json::serialize(body), "application/json");
  });
  server.Get(R"(/user/([^/]+))", [](const httplib::Request& request, httplib::Response& response) {
    response.set_content("hello " + request.matches[1].str(), "text/html; charset=utf-8");
  });
  return server.listen("127.0.0.1", std::atoi(arguments[1])) ? 0 : 1;
}
