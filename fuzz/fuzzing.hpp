#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The common parts of the fuzz targets.
namespace fuzzing {

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): bytes are characters here
  return {reinterpret_cast<const char*>(data), size};
}

/// Checks a property. A violation ends the program, and libFuzzer saves the input.
inline void require(bool holds, const char* promise, std::string_view input = {}) {
  if (holds) return;
  std::fprintf(stderr, "broken: %s: \"%.*s\"\n", promise, static_cast<int>(input.size()),
               input.data());
  std::abort();
}

/// Checks UTF-8 by its definition: decodes and encodes each character.
inline bool is_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
    const unsigned lead = byte(i);
    const std::size_t size = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if ((lead >= 0x80 && lead < 0xc0) || lead >= 0xf8 || i + size > text.size()) return false;
    std::uint32_t character = size == 1 ? lead : lead & (0xffU >> (size + 1));
    for (std::size_t j = 1; j < size; ++j) {
      if ((byte(i + j) & 0xc0U) != 0x80) return false;
      character = character << 6 | (byte(i + j) & 0x3fU);
    }
    const std::size_t needed = character < 0x80      ? 1
                               : character < 0x800   ? 2
                               : character < 0x10000 ? 3
                                                     : 4;
    const bool surrogate = character >= 0xd800 && character < 0xe000;
    if (needed != size || surrogate || character > 0x10ffff) return false;
    i += size;
  }
  return true;
}

inline bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == '\x7f';
  });
}

inline std::pair<std::string_view, std::string_view> split_once(std::string_view text, char at) {
  const std::size_t end = std::min(text.find(at), text.size());
  return {text.substr(0, end), text.substr(std::min(end + 1, text.size()))};
}

inline std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> pieces;
  for (std::size_t from = 0; from <= text.size();) {
    const std::size_t end = std::min(text.find(at, from), text.size());
    pieces.push_back(text.substr(from, end - from));
    from = end + 1;
  }
  return pieces;
}

}  // namespace fuzzing
