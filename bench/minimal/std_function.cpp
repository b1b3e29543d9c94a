#include <functional>
#include <vector>

int main() {
  int sum = 0;
  std::vector<std::function<void(int)>> fired;
  fired.push_back([&](int n) { sum += n; });
  for (const auto& receive : fired) receive(1);
  return sum - 1;
}
