#include "output.hpp"

#include "../memory.hpp"
#include "../python_operations.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstdint>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace aldis::templates::detail {

namespace {

/// A bit mask of those of the next `padding` bytes that are & < > ' or ".
unsigned specials_at(const char* text) noexcept {
#if defined(__SSE2__)
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text));
  // 0x22 " and 0x26 &, 0x3c < and 0x3e > are pairs that differ in one bit; 0x27 ' is alone.
  const __m128i quote_or_and =
      _mm_cmpeq_epi8(_mm_and_si128(bytes, _mm_set1_epi8(~0x04)), _mm_set1_epi8(0x22));
  const __m128i apostrophe = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x27));
  const __m128i angle =
      _mm_cmpeq_epi8(_mm_and_si128(bytes, _mm_set1_epi8(~0x02)), _mm_set1_epi8(0x3c));
  return static_cast<unsigned>(
      _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quote_or_and, apostrophe), angle)));
#else
  unsigned found = 0;
  for (unsigned i = 0; i < padding; ++i) {
    const unsigned char c = static_cast<unsigned char>(text[i]);
    if ((c & ~0x04U) == 0x22U || c == 0x27U || (c & ~0x02U) == 0x3cU) found |= 1U << i;
  }
  return found;
#endif
}

}  // namespace

void output::grow(std::size_t size) {
  const std::size_t before = buffer_.size();
  const std::size_t wanted = std::max({std::size_t{1024}, 2 * before, used_ + size + padding});
  if (!context_) context_ = current_render();
  if (context_) context_->count_memory(wanted);
  buffer_.resize(wanted);
  if (context_) context_->release_memory(before);
}

output::~output() {
  if (context_) context_->release_memory(buffer_.size());
}

void output::append_escaped(const value& text) {
  const std::string_view what = text.as_text();
  for (std::size_t begin = 0; begin < what.size(); begin += padding) {
    const char* const from = what.data() + begin;
    const std::size_t block = std::min(what.size() - begin, padding);
    unsigned found = specials_at(from) & ((1U << block) - 1);
    if (found == 0) [[likely]] {
      append_padded(from, block);
      continue;
    }
    std::size_t done = 0;
    for (; found != 0; found &= found - 1) {
      const auto special = static_cast<std::size_t>(std::countr_zero(found));
      append(std::string_view(from + done, special - done));
      append(escape_of(from[special]));
      done = special + 1;
    }
    append(std::string_view(from + done, block - done));
  }
}

void output::append(std::int64_t number) {
  constexpr std::size_t most = 24;
  char* const to = room(most);
  const auto [end, problem] = std::to_chars(to, to + most, number);
  used_ += static_cast<std::size_t>(end - to);
}

}  // namespace aldis::templates::detail
