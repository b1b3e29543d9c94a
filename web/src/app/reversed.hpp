#pragma once

namespace aldis::web::detail {

/// Iterates over a container in reverse. Not std::views::reverse: clang 14 cannot compile the one
/// of libstdc++ 12 (https://github.com/llvm/llvm-project/issues/52696).
///
/// Lifetime: must not outlive the container.
template <class Container>
class reversed {
 public:
  explicit reversed(const Container& of) noexcept : of_(of) {}
  auto begin() const noexcept { return of_.rbegin(); }
  auto end() const noexcept { return of_.rend(); }

 private:
  const Container& of_;
};

}  // namespace aldis::web::detail
