// Catalogs of translations: any bytes are a catalog or an error, and look-ups return a result or a
// documented error.
//
// The first byte is the number for plurals; the rest is the file.

#include <aldis/templates/error.hpp>
#include <aldis/templates/translation.hpp>

#include "fuzzing.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace templates = aldis::templates;
  if (size == 0) return 0;
  const std::string file(fuzzing::text_of(data + 1, size - 1));
  const auto count = static_cast<std::int8_t>(data[0]);
  try {
    const templates::catalog read(file);
    fuzzing::require(read.size() <= file.size() / 8, "a message has a place in a table", file);
    for (const char* const text : {"", "Hello", "file", "a"}) {
      for (const auto& found :
           {read.find(text), read.find("x", text), read.find_plural(text, count),
            read.find_plural("x", text, count)}) {
        fuzzing::require(!found || fuzzing::is_utf8(*found), "what is found is UTF-8", file);
      }
    }
  } catch (const templates::error& error) {
    fuzzing::require(!error.message().empty(), "an error has a message", file);
  }
  return 0;
}
