#pragma once

namespace aldis::detail {

/// A place in the program's source. std::source_location where every compiler had it: Clang 14
/// with libstdc++ has not.
struct location {
  const char* file;
  unsigned line;

  static constexpr location current(const char* file = __builtin_FILE(),
                                    unsigned line = __builtin_LINE()) noexcept {
    return {file, line};
  }
};

}  // namespace aldis::detail
