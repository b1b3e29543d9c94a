// A request through an app of 10 to 10 000 routes, without a server: what routing costs, and that
// it does not grow with the number of routes. Each line is the fastest of several rounds.

#include <aldis/web.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <string>
#include <vector>

namespace web = aldis::web;
using std::chrono::steady_clock;

namespace {

constexpr int rounds = 7;
constexpr std::size_t requests_of_a_round = 100'000;

enum class kind { plain, number, text, nothing };
constexpr std::array kinds{kind::plain, kind::number, kind::text, kind::nothing};

/// A fourth of the rules for each of these, as an API has them.
void add_routes(web::app& to, std::size_t count) {
  for (std::size_t i = 0; i < count / 4; ++i) {
    const std::string area = "/area" + std::to_string(i);
    to.route(area + "/list", [] { return "list"; });
    to.route(area + "/item/<int:id>", [](int) { return "item"; });
    to.route(area + "/user/<name>/posts", [](const std::string&) { return "posts"; });
    to.route("/<tenant>" + area, [](const std::string&) { return "tenant"; });
  }
}

std::string path_for(kind what, std::size_t route) {
  const std::string area = "/area" + std::to_string(route);
  switch (what) {
    case kind::plain:
      return area + "/list";
    case kind::number:
      return area + "/item/" + std::to_string(route * 7);
    case kind::text:
      return "/acme" + area;
    default:
      return area + "/nowhere";
  }
}

double microseconds_since(steady_clock::time_point begin) {
  return std::chrono::duration<double, std::micro>(steady_clock::now() - begin).count();
}

double fastest_request(web::app& app, kind what, std::size_t areas) {
  std::vector<web::request> asked;
  for (std::size_t i = 0; i < std::min<std::size_t>(areas, 1000); ++i) {
    // Spread over all of them, by steps that have nothing to do with their order.
    asked.emplace_back("GET", path_for(what, i * 7919 % areas));
  }
  const int expected = what == kind::nothing ? 404 : 200;
  double best = std::numeric_limits<double>::max();
  for (int round = 0; round < rounds; ++round) {
    const auto begin = steady_clock::now();
    for (std::size_t i = 0; i < requests_of_a_round; ++i) {
      if (app.handle(asked[i % asked.size()]).status() != expected) std::abort();
    }
    best = std::min(best, microseconds_since(begin) / requests_of_a_round);
  }
  return best;
}

}  // namespace

int main() {
  std::puts("microseconds for a request; adding: for a route");
  std::printf("%8s %10s %10s %10s %10s %10s\n", "routes", "plain", "<int>", "<text>", "404",
              "adding");
  for (const std::size_t count : {12u, 100u, 1'000u, 10'000u}) {
    web::app app("bench", {.template_folder = "", .static_folder = ""});
    const auto begin = steady_clock::now();
    add_routes(app, count);
    const double adding = microseconds_since(begin) / static_cast<double>(count);
    std::printf("%8zu", count);
    for (const kind what : kinds) std::printf(" %10.3f", fastest_request(app, what, count / 4));
    std::printf(" %10.3f\n", adding);
  }
}
