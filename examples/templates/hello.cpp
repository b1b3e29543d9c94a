// A first template
//
// Jinja2's language in ten lines: a condition, and values that are escaped.
//
// Output:
//     Hello &lt;Bob&gt;, come in!

//[show]
#include <aldis/templates/templates.hpp>

#include <iostream>

int main() {
  const aldis::templates::environment env{{.autoescape = true}};
  const auto card = env.from_string(
      "Hello {{ name }}, {{ 'come in' if age >= 18 else 'sorry' }}!");
  std::cout << card.render({{"name", "<Bob>"}, {"age", 29}}) << "\n";
}
//[/show]
