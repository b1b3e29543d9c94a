// Parsing requests from bytes. The first byte of an input determines how the rest is split into
// pieces. However it is split, the requests are the same, and none of them is ambiguous for another
// parser.

#include "fuzzing.hpp"
#include "server/request_reader.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

using aldis::web::detail::read_limits;
using aldis::web::detail::request_head;
using aldis::web::detail::request_reader;
using state = request_reader::state;

constexpr read_limits limits{400, 300};

[[noreturn]] void misjudged(const char* what) {
  std::fprintf(stderr, "misjudged: %s\n", what);
  std::abort();
}

bool is_field(const request_head& head, std::size_t at, std::string_view name) {
  const std::string_view own = head.fields[at].name;
  return std::equal(own.begin(), own.end(), name.begin(), name.end(), [](char a, char b) {
    return (a >= 'A' && a <= 'Z' ? static_cast<char>(a + 32) : a) == b;
  });
}

/// The properties of every accepted header section.
std::string check(const request_head& head) {
  if (head.text.size() > limits.head) misjudged("a head larger than the limit");
  std::size_t hosts = 0;
  std::size_t lengths = 0;
  std::size_t codings = 0;
  std::string text(head.method);
  text.append(" ").append(head.target).append("\n");
  for (std::size_t i = 0; i < head.fields.size(); ++i) {
    const auto& [name, value] = head.fields[i];
    hosts += is_field(head, i, "host") ? 1U : 0U;
    lengths += is_field(head, i, "content-length") ? 1U : 0U;
    codings += is_field(head, i, "transfer-encoding") ? 1U : 0U;
    if (name.empty() || name.find_first_of(" \t:\r\n") != std::string_view::npos) {
      misjudged("the name of a field");
    }
    const bool control = std::any_of(value.begin(), value.end(), [](char c) {
      return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == '\x7f';
    });
    if (control) misjudged("a control character in a value");
    text.append(name).append(":").append(value).append("\n");
  }
  if (hosts > 1 || (head.version == 11 && hosts != 1)) misjudged("Host");
  if (lengths + codings > 1) misjudged("two ways to find the end");
  if ((codings == 1) != head.chunked || (lengths == 1) != head.content_length.has_value()) {
    misjudged("what says where the body ends");
  }
  if (head.chunked && head.version != 11) misjudged("chunks in HTTP/1.0");
  if (head.target.empty() || (head.target[0] != '/' && head.target != "*")) misjudged("a target");
  return text;
}

struct result {
  std::vector<std::string> requests;
  int status = 0;
  std::string_view reason;
  std::size_t left = 0;

  bool operator==(const result&) const = default;
};

result read(std::string_view bytes, std::size_t step) {
  request_reader reader(limits);
  result all;
  std::string buffer;
  std::string head;
  for (;;) {
    const std::size_t taken = reader.read(buffer);
    if (taken > buffer.size()) misjudged("more taken than there was");
    if (reader.now() == state::rejected) {
      all.status = reader.error().status;
      all.reason = reader.error().reason;
      return all;
    }
    if (head.empty() && reader.now() != state::head) head = check(reader.head());
    buffer.erase(0, taken);
    if (reader.now() == state::complete) {
      if (reader.body().size() > limits.body) misjudged("a body larger than the limit");
      all.requests.push_back(head + "\n" + reader.body());
      head.clear();
      reader.next();
    } else if (taken == 0) {
      if (bytes.empty()) break;
      const std::size_t size = std::min(step, bytes.size());
      buffer.append(bytes.substr(0, size));
      bytes.remove_prefix(size);
    }
  }
  all.left = buffer.size();
  return all;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes = fuzzing::text_of(data + 1, size - 1);
  const result whole = read(bytes, bytes.size() + 1);
  if (read(bytes, 1) != whole) misjudged("read byte by byte it is something else");
  if (read(bytes, 1U + data[0]) != whole) misjudged("read in pieces it is something else");
  return 0;
}
