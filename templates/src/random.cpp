#include "random.hpp"

#include <random>

namespace aldis::templates::detail {

std::size_t random_below(std::size_t end) {
  static thread_local std::minstd_rand engine{std::random_device()()};
  return std::uniform_int_distribution<std::size_t>(0, end - 1)(engine);
}

}  // namespace aldis::templates::detail
