#pragma once

#include <cstddef>
#include <cstdint>

namespace aldis::templates {

/// What one template may use up. Beyond it a render ends with an error of kind `limit`, or
/// `recursion` where Python would say so.
struct limits {
  /// How deep tags, brackets and operators may stand in each other in a source.
  std::size_t nesting = 100;
  /// Bytes of a source.
  std::size_t source = std::size_t{16} * 1024 * 1024;
  /// How deep macros, includes, parents, blocks and recursive loops may be inside of each other.
  std::size_t recursion = 200;
  /// Bytes of the stack that a render may use.
  std::size_t stack = std::size_t{512} * 1024;
  /// Bytes that a render may write.
  std::size_t output = std::size_t{64} * 1024 * 1024;
  /// Steps of loops, and of filters over their items, in one render. Whatever takes longer the
  /// larger its data is counts in proportion: 16 bytes of text or 4 moved items are a step, and so
  /// are 16 bytes of source that are executed again.
  std::uint64_t iterations = 10'000'000;
  /// Bytes that one render makes, in all. At no time it allocates 1.3 times as much.
  std::uint64_t memory = std::uint64_t{256} * 1024 * 1024;
};

}  // namespace aldis::templates
