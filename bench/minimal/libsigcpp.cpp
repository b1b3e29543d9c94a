#include <sigc++/signal.h>

int main() {
  int sum = 0;
  sigc::signal<void(int)> fired;
  fired.connect([&](int n) { sum += n; });
  fired.emit(1);
  return sum - 1;
}
