#include <aldis/aldis.hpp>

#include <cstdlib>

int main() {
  int total = 0;
  aldis::signal<void(int)> paid;
  auto& sold = aldis::named<void(int)>("sold");
  paid.connect([&](int amount) { total += amount; });
  sold.connect([&](int amount) { paid.send(amount); });

  sold.send(42);

  return total == 42 ? EXIT_SUCCESS : EXIT_FAILURE;
}
