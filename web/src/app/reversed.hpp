#pragma once

namespace aldis::web::detail {

/// A container from its end to its beginning. Not std::views::reverse: clang 14 cannot compile that
/// of libstdc++ 12 (https://github.com/llvm/llvm-project/issues/52696).
///
/// Lifetime: of the container.
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
