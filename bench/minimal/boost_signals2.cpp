#include <boost/signals2/signal.hpp>

int main() {
  int sum = 0;
  boost::signals2::signal<void(int)> fired;
  fired.connect([&](int n) { sum += n; });
  fired(1);
  return sum - 1;
}
