#pragma once

#include <cstddef>
#include <cstdint>

namespace aldis::templates {

/// Bounds the resources of one template. A render that exceeds them fails with an error of kind
/// `limit`, or `recursion` where Python has RecursionError.
struct limits {
  /// The nesting depth of tags, brackets and operators in a source.
  std::size_t nesting = 100;
  /// The size of a source, in bytes.
  std::size_t source = std::size_t{16} * 1024 * 1024;
  /// The nesting depth of running macros, includes, parents, blocks and recursive loops.
  std::size_t recursion = 200;
  /// The stack that a render may use, in bytes.
  std::size_t stack = std::size_t{512} * 1024;
  /// The output of a render, in bytes.
  std::size_t output = std::size_t{64} * 1024 * 1024;
  /// The steps of one render: rounds of loops, and items that filters process. Other work counts in
  /// proportion to its data: a step is 16 bytes of text, 4 moved items, or 16 bytes of source that
  /// are executed again.
  std::uint64_t iterations = 10'000'000;
  /// The memory of one render, in bytes. Its allocations stay below 1.3 times this at any time.
  std::uint64_t memory = std::uint64_t{256} * 1024 * 1024;
};

}  // namespace aldis::templates
