#include <aldis/signal.hpp>

int main() {
  int sum = 0;
  aldis::signal<void(int)> fired;
  fired.connect([&](int n) { sum += n; });
  fired.send(1);
  return sum - 1;
}
