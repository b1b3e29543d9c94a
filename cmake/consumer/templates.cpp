#include <aldis/templates/templates.hpp>

#include <cstdlib>

int main() {
  const aldis::templates::environment env{{.autoescape = true}};
  const auto page = env.from_string("Hello {{ user|upper }}!");
  return page.render({{"user", "<ann>"}}) == "Hello &lt;ANN&gt;!" ? EXIT_SUCCESS : EXIT_FAILURE;
}
