#include "http/vary.hpp"

#include "http/text.hpp"

#include <string>

namespace aldis::web::detail {

void add_vary(response& to, std::string_view name) {
  const std::string_view now = to.headers()["Vary"];
  for (std::string_view rest = now; !rest.empty();) {
    const auto [each, more] = split_once(rest, ',');
    rest = more;
    if (same_without_case(trimmed(each), name) || trimmed(each) == "*") return;
  }
  to.headers().set("Vary",
                   now.empty() ? std::string(name) : std::string(now) + ", " + std::string(name));
}

}  // namespace aldis::web::detail
