// A first application
//
// A route with a parameter, and a receiver of a signal that the framework
// sends. The client asks without a socket; app.run() would serve.
//
// Output:
//     status 200
//     hello ann
//     status 404

//[show]
#include <aldis/web.hpp>

#include <iostream>
#include <string>

namespace web = aldis::web;

int main() {
  web::app app;
  app.get("/hello/<name>",
          [](const std::string& name) { return "hello " + name; });

  web::request_finished.connect([](web::app&, web::response& response) {
    std::cout << "status " << response.status() << "\n";
  });

  web::test_client client(app);  // or app.run(), which serves
  std::cout << client.get("/hello/ann").body << "\n";
  client.get("/hello");
}
//[/show]
