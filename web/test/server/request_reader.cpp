#include "server/request_reader.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace {

using aldis::web::detail::read_limits;
using aldis::web::detail::request_reader;
using state = request_reader::state;

/// The result of reading some bytes, with one line of text for each request.
struct reading {
  std::vector<std::string> requests;
  int status = 0;  // of a rejection
  std::string reason;
  std::size_t left = 0;

  bool operator==(const reading&) const = default;
};

/// Describes a head, whose views become invalid.
std::string describe(const aldis::web::detail::request_head& head) {
  std::string text(head.method);
  text.append(" ").append(head.target).append(" ").append(std::to_string(head.version));
  for (const auto& [name, value] : head.fields) {
    text.append("|").append(name).append("=").append(value);
  }
  text.append(head.keep_alive ? "|keep" : "|close");
  return text;
}

/// Passes the bytes in parts whose ends `next_end` determines.
template <class NextEnd>
reading read_in_parts(std::string_view bytes, NextEnd next_end, const read_limits& limits = {}) {
  request_reader reader(limits);
  reading result;
  std::string buffer;
  std::string current;
  std::size_t offered = 0;
  for (;;) {
    const std::size_t taken = reader.read(buffer);
    if (reader.now() == state::rejected) {
      result.status = reader.error().status;
      result.reason = reader.error().reason;
      return result;
    }
    if (current.empty() && reader.now() != state::head) current = describe(reader.head());
    buffer.erase(0, taken);
    if (reader.now() == state::complete) {
      result.requests.push_back(current + (reader.body().empty() ? "" : "|" + reader.body()));
      current.clear();
      reader.next();
      continue;
    }
    if (taken > 0) continue;
    if (offered == bytes.size()) break;
    const std::size_t end = next_end(offered);
    buffer.append(bytes.substr(offered, end - offered));
    offered = end;
  }
  result.left = buffer.size();
  return result;
}

reading read(std::string_view bytes, const read_limits& limits = {}) {
  return read_in_parts(
      bytes, [&](std::size_t) { return bytes.size(); }, limits);
}

reading read_bytewise(std::string_view bytes, const read_limits& limits = {}) {
  return read_in_parts(
      bytes, [](std::size_t offered) { return offered + 1; }, limits);
}

std::string get(std::string_view fields) {
  return "GET / HTTP/1.1\r\nHost: a\r\n" + std::string(fields) + "\r\n";
}

std::string chunked(std::string_view body) {
  return "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(body);
}

struct rejected_request {
  std::string bytes;
  int status;
  std::string reason;
};

// What follows a rejected request must not be read as a request, so each test appends one.
const std::string smuggled = get("");

void check_rejected(const std::vector<rejected_request>& requests) {
  for (const rejected_request& each : requests) {
    CAPTURE(each.bytes);
    const reading expected{{}, each.status, each.reason, 0};
    CHECK(read(each.bytes + smuggled) == expected);
    CHECK(read_bytewise(each.bytes + smuggled) == expected);
  }
}

}  // namespace

TEST_CASE("requests are read in one part, and byte by byte, with the same result") {
  const std::string bytes =
      "GET /a?b=c HTTP/1.1\r\nHost: example.org:80\r\nX-Empty:\r\nx: \t 1 2 \t\r\n\r\n"
      "POST /p HTTP/1.1\r\nHost: [::1]:8080\r\nContent-Length: 5\r\n\r\nhello" +
      chunked("3;a=b;c=\"d\"\r\nabc\r\n00A\r\n0123456789\r\n000\r\nETag: x\r\n\r\n") +
      "\r\nHEAD / HTTP/1.0\r\n\r\n"
      "OPTIONS * HTTP/1.0\r\nHost: a\r\nConnection: Keep-Alive\r\n\r\n"
      "GET http://B:1/x HTTP/1.1\r\nHost: b:1\r\nConnection: x, close\r\n\r\n";
  const reading expected{{"GET /a?b=c 11|Host=example.org:80|X-Empty=|x=1 2|keep",
                          "POST /p 11|Host=[::1]:8080|Content-Length=5|keep|hello",
                          "POST / 11|Host=a|Transfer-Encoding=chunked|keep|abc0123456789",
                          "HEAD / 10|close", "OPTIONS * 10|Host=a|Connection=Keep-Alive|keep",
                          "GET /x 11|Host=b:1|Connection=x, close|close"},
                         0,
                         "",
                         0};

  CHECK(read(bytes) == expected);
  CHECK(read_bytewise(bytes) == expected);
}

TEST_CASE("requests are read the same wherever the bytes are split") {
  std::mt19937 random(7);
  const std::string bytes = get("A: b\r\n") + chunked("5\r\nabcde\r\n1\r\nf\r\n0\r\nA: b\r\n\r\n") +
                            "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n0123456789" +
                            get("") + "garbage";
  const reading expected = read(bytes);
  CHECK(expected.requests.size() == 4);
  CHECK(expected.left == 7);
  for (int i = 0; i < 2000; ++i) {
    const reading cut = read_in_parts(bytes, [&](std::size_t offered) {
      return offered + 1 + random() % std::min<std::size_t>(bytes.size() - offered, 40);
    });
    CHECK(cut == expected);
  }
}

TEST_CASE("two lengths, or an invalid one, are rejected") {
  const std::string post = "POST / HTTP/1.1\r\nHost: a\r\n";
  const std::string both = "Content-Length and Transfer-Encoding are both given.";
  const std::string twice = "Content-Length is given twice.";
  const std::string number = "Content-Length is not a number.";
  const std::string large = "The request body is too large.";
  check_rejected({
      {post + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, both},
      {post + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n", 400, both},
      {post + "Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcde", 400, twice},
      {post + "Content-Length: 4\r\nContent-Length: 4\r\n\r\nabcd", 400, twice},
      {post + "Content-Length: 4, 4\r\n\r\nabcd", 400, number},
      {post + "Content-Length: 4,\r\n\r\nabcd", 400, number},
      {post + "Content-Length: +4\r\n\r\nabcd", 400, number},
      {post + "Content-Length: -4\r\n\r\nabcd", 400, number},
      {post + "Content-Length: 0x4\r\n\r\nabcd", 400, number},
      {post + "Content-Length: 4 4\r\n\r\nabcd", 400, number},
      {post + "Content-Length:\r\n\r\nabcd", 400, number},
      {post + "Content-Length: 18446744073709551616\r\n\r\nabcd", 413, large},
      {post + "Content-Length: 1" + std::string(100, '0') + "\r\n\r\nabcd", 413, large},
      {post + "Content-Length: 4\r\nContent-Length: x\r\n\r\nabcd", 400, twice},
      {post + "Content-Length: x\r\nTransfer-Encoding: chunked\r\n\r\nabcd", 400, number},
      {post + "Content-Length : 4\r\n\r\nabcd", 400, "A field name is not a token."},
  });
}

TEST_CASE("every transfer coding except chunked is rejected") {
  const std::string post = "POST / HTTP/1.1\r\nHost: a\r\n";
  const std::string rest = "\r\n\r\n0\r\n\r\n";
  const std::string coding = "Transfer-Encoding is not just 'chunked'.";
  std::vector<rejected_request> requests;
  for (const char* value :
       {"xchunked", "chunked, identity", "identity, chunked", "gzip, chunked", "gzip", "identity",
        "chunked, chunked", "chunked;q=1", "\"chunked\"", "chunkedx", ",chunked", "chunked,", ""}) {
    requests.push_back({post + "Transfer-Encoding: " + value + rest, 400, coding});
  }
  requests.push_back(
      {post + "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked" + rest, 400, coding});
  requests.push_back({"POST / HTTP/1.0\r\nTransfer-Encoding: chunked" + rest, 400,
                      "Transfer-Encoding does not exist in HTTP/1.0."});
  for (const char* second : {"chunked", "identity", ""}) {
    requests.push_back({post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: " + second + rest,
                        400, "Transfer-Encoding is given twice."});
  }
  check_rejected(requests);
}

TEST_CASE("an HTTP/1.1 request must have exactly one valid Host") {
  const std::string host = "Host is not a name with a port.";
  std::vector<rejected_request> requests{
      {"GET / HTTP/1.1\r\n\r\n", 400, "Host is missing."},
      {"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400, "Host is given twice."},
      {"GET / HTTP/1.0\r\nHost: a\r\nhost: b\r\n\r\n", 400, "Host is given twice."},
  };
  requests.push_back({"GET / HTTP/1.1\r\nHost:\r\n\r\n", 400, "Host is empty."});
  requests.push_back({"OPTIONS * HTTP/1.0\r\nHost: \r\n\r\n", 400, "Host is empty."});
  for (const char* value : {"a b", "a/b", "a@b", "a?b", "a#b", "a\\b", "a:b", "a:123456", ":80",
                            "[]", "[::1", "[x]", "[::1]80", "a:80:80", "a,b c", "\xc3\xa9"}) {
    requests.push_back({"GET / HTTP/1.1\r\nHost: " + std::string(value) + "\r\n\r\n", 400, host});
  }
  check_rejected(requests);
}

TEST_CASE("lines must end with CR LF, and folded fields are rejected") {
  const std::string line = "A line of the request does not end with CR LF.";
  const std::string stray = "A CR is not followed by LF.";
  const std::string folded = "A field is folded over several lines.";
  const std::string control = "A field value contains a control character.";
  const std::string token = "A field name is not a token.";
  check_rejected({
      {"GET / HTTP/1.1\nHost: a\n\n", 400, line},
      {"GET / HTTP/1.1\r\nHost: a\n\r\n", 400, line},
      {"GET / HTTP/1.1\r\nHost: a\r\n\n", 400, line},
      {"GET / HTTP/1.1\r\nHost: a\r\nA: b\n\n\r\n", 400, line},
      {get("A: b\rc\r\n"), 400, stray},
      {get("A: b\r\r\n"), 400, stray},
      {get("A:\r\r\n"), 400, stray},
      {get("A: b\r\n c\r\n"), 400, folded},
      {get("A: b\r\n\tc\r\n"), 400, folded},
      {get("A: b\r\n \r\n"), 400, folded},
      {get("A:\r\n b\r\n"), 400, folded},
      {get("A:\r\n \r\n"), 400, folded},
      {get("A: \r\n\tb\r\n c\r\n"), 400, folded},
      {"GET / HTTP/1.1\r\nHost:\r\n a\r\n\r\n", 400, folded},
      {"GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400, token},
      {get("A : b\r\n"), 400, token},
      {get("A\t: b\r\n"), 400, token},
      {get(": b\r\n"), 400, token},
      {get("A\r\n"), 400, "A field has no colon."},
      {get("A b\r\n"), 400, token},
      {get("Connection: a b\r\n"), 400, "Connection is not a list of tokens."},
      {get("Connection: \x01\r\n"), 400, control},
      {get("A(b): c\r\n"), 400, token},
      {get("\xc3\xa9: c\r\n"), 400, token},
      {get(std::string("A: b\0c\r\n", 8)), 400, control},
      {get("A: b\x01\r\n"), 400, control},
      {get("A: b\x7f\r\n"), 400, control},
      {get(std::string("A\0b: c\r\n", 8)), 400, token},
  });
}

TEST_CASE("a request line must be a method, a target, and HTTP/1.0 or HTTP/1.1") {
  const std::string not_http = "This is not an HTTP/1 request.";
  const std::string parts = "The request line is not a method, a target and a version.";
  const std::string version = "The version is not an HTTP version.";
  const std::string control = "The request target contains a control character.";
  const std::string major = "The server supports HTTP/1.1 and HTTP/1.0.";
  const std::string not_path = "The request target is not a path.";
  const std::string rest = "\r\nHost: a\r\n\r\n";
  check_rejected({
      {"\x16\x03\x01\x02", 400, not_http},
      {" GET / HTTP/1.1" + rest, 400, not_http},
      {"\r\n\r\nGET / HTTP/1.1" + rest, 400, not_http},
      {"GET / HTTP/2.0" + rest, 505, major},
      {"GET / HTTP/0.9" + rest, 505, major},
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, major},
      {"GET / http/1.1" + rest, 400, version},
      {"GET / HTTP/1.10" + rest, 400, version},
      {"GET / HTTP/1.x" + rest, 400, version},
      {"GET / HTTP/1.1 " + rest, 400, parts},
      {"GET /" + rest, 400, parts},
      {"GET / " + rest, 400, parts},
      {"GET  / HTTP/1.1" + rest, 400, parts},
      {"GET /a b HTTP/1.1" + rest, 400, parts},
      {"GET /\x01 HTTP/1.1" + rest, 400, control},
      {"GET /\t HTTP/1.1" + rest, 400, control},
      {"GET / HTTP/1.1\r" + rest, 400, "A CR is not followed by LF."},
      {"G(T / HTTP/1.1" + rest, 400, "The method is not a token."},
      {"GET\t/ HTTP/1.1" + rest, 400, "The method is not a token."},
      {"GET index.html HTTP/1.1" + rest, 400, not_path},
      {"GET * HTTP/1.1" + rest, 400, not_path},
      {"CONNECT a:443 HTTP/1.1" + rest, 400, not_path},
      {"GET ftp://a/ HTTP/1.1" + rest, 400, not_path},
      {"GET http HTTP/1.1\r\nHost: tp\r\n\r\n", 400, not_path},
      {"GET https HTTP/1.1\r\nHost: tps\r\n\r\n", 400, not_path},
      {"GET /a#b HTTP/1.1" + rest, 400, "The request target has a fragment."},
      {"GET http://u@a/ HTTP/1.1" + rest, 400, "The host in the target is not a name with a port."},
      {"GET http:///b HTTP/1.1" + rest, 400, "The host in the target is not a name with a port."},
      {"GET http://?b HTTP/1.1" + rest, 400, "The host in the target is not a name with a port."},
      {"GET http://a/b#c HTTP/1.1" + rest, 400, "The request target has a fragment."},
      {"GET / HTTP/1.1\r\nHost: a\r\nExpect: the-best\r\n\r\n", 417,
       "Expect is not '100-continue'."},
  });
}

TEST_CASE("a chunk must be exactly as long as its head says") {
  const std::string size = "A chunk does not begin with its size.";
  const std::string end = "A chunk does not end where its size says.";
  const std::string line = "A line of the request does not end with CR LF.";
  const std::string framing = "A trailer field would change how the request is read.";
  const std::string extension = "The extension of a chunk is malformed.";
  const std::string control = "A chunk head contains a control character.";
  const std::string large = "The request body is too large.";
  check_rejected({
      {chunked("x\r\n"), 400, size},
      {chunked("\r\n"), 400, size},
      {chunked("-1\r\n"), 400, size},
      {chunked("+1\r\na\r\n"), 400, size},
      {chunked("0x1\r\na\r\n"), 400, size},
      {chunked("1 \r\na\r\n"), 400, size},
      {chunked(" 1\r\na\r\n"), 400, size},
      {chunked("1x\r\na\r\n"), 400, size},
      {chunked("1;\r\na\r\n"), 400, extension},
      {chunked("1;a=\r\na\r\n"), 400, extension},
      {chunked("1;a=\"b\r\na\r\n"), 400, extension},
      {chunked("1;a=\"\x01\"\r\na\r\n"), 400, control},
      {chunked("1;a\r\r\na\r\n"), 400, control},
      {chunked("1;a b\r\na\r\n"), 400, extension},
      {chunked("1\r;\r\na\r\n"), 400, size},
      {chunked("0 junk\r\n\r\n"), 400, size},
      {chunked("0;\r\n\r\n"), 400, extension},
      {chunked("10000000000000000\r\na"), 413, large},
      {chunked("1\na\r\n"), 400, line},
      {chunked("1;a=\n\r\na\r\n"), 400, line},
      {chunked("1\r\nab\r\n"), 400, end},
      {chunked("1\r\na\n0\r\n\r\n"), 400, end},
      {chunked("1\r\na0\r\n\r\n"), 400, end},
      {chunked("0\r\nA: b\n\r\n"), 400, line},
      {chunked("0\r\nA: b\r\n c\r\n\r\n"), 400, "A field is folded over several lines."},
      {chunked("0\r\nA : b\r\n\r\n"), 400, "A field name is not a token."},
      {chunked("0\r\nHost: b\r\n\r\n"), 400, framing},
      {chunked("0\r\nConnection: close\r\n\r\n"), 400, framing},
      {chunked("0\r\nTrailer: A\r\n\r\n"), 400, framing},
      {chunked("0\r\nA\r\n\r\n"), 400, "A field has no colon."},
      {chunked("0\r\nA: b\x01\r\n\r\n"), 400, "A field value contains a control character."},
      {chunked("0\r\nA: b\rc\r\n\r\n"), 400, "A CR is not followed by LF."},
  });
  std::vector<rejected_request> framed;
  for (const char* field :
       {"Content-Length: 5", "content-length: x", "Transfer-Encoding: chunked",
        "Transfer-Encoding: identity", "Upgrade: x", "Content-Type: a/b", "Connection: a b"}) {
    framed.push_back({chunked("0\r\n" + std::string(field) + "\r\n\r\n"), 400, framing});
  }
  check_rejected(framed);
}

TEST_CASE("the host of an absolute target overrides the Host field") {
  const auto target = [](std::string_view in_line, std::string_view host) {
    request_reader reader({});
    const std::string bytes =
        "GET " + std::string(in_line) + " HTTP/1.1\r\nHost:" + std::string(host) + "\r\n\r\n";
    CHECK(reader.read(bytes) == bytes.size());
    return std::string(reader.head().host) + " " + std::string(reader.head().target);
  };

  CHECK(target("http://a/b?c=d", " a") == "a /b?c=d");
  CHECK(target("http://a?c=d", " a") == "a /?c=d");
  CHECK(target("http://a?c=/d", " a") == "a /?c=/d");
  CHECK(target("http://a", " a") == "a /");
  CHECK(target("HTTP://a:80/b", " a") == "a:80 /b");
  CHECK(target("https://b:8080/", " a") == "b:8080 /");
  CHECK(target("http://[::1]:80?", " a") == "[::1]:80 /?");
  CHECK(target("http://a/b", "") == "a /b");
  CHECK(target("/b", " a") == "a /b");
}

TEST_CASE("a later minor version is read as HTTP/1.1") {
  const std::string bytes =
      "POST /p HTTP/1.2\r\nHost: a\r\nX: y\r\nContent-Length: 3\r\n\r\nabc"
      "GET http://b?c HTTP/1.9\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n";
  const reading expected{{"POST /p 11|Host=a|X=y|Content-Length=3|keep|abc",
                          "GET /?c 11|Host=a|keep", "GET / 11|Host=a|keep"},
                         0,
                         "",
                         0};
  CHECK(read(bytes) == expected);
  CHECK(read_bytewise(bytes) == expected);
  check_rejected({{"GET / HTTP/1.2\r\n\r\n", 400, "Host is missing."},
                  {"GET / HTTP/1.3\r\nHost: a\r\nContent-Length: x\r\n\r\n", 400,
                   "Content-Length is not a number."}});
}

TEST_CASE("requests larger than the limits are rejected, others of exactly that size are not") {
  const std::string request = get("A: bcd\r\n");
  const read_limits exact{request.size(), 5};
  const read_limits less{request.size() - 1, 4};
  const reading head_too_large{{}, 431, "The request head is too large.", 0};
  const reading body_too_large{{}, 413, "The request body is too large.", 0};

  CHECK(read(request, exact).requests.size() == 1);
  CHECK(read_bytewise(request, exact).requests.size() == 1);
  CHECK(read(request, less) == head_too_large);
  CHECK(read_bytewise(request, less) == head_too_large);
  CHECK(read("GET /" + std::string(100, 'a'), less) == head_too_large);

  const std::string post = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello";
  CHECK(read(post, {100, 5}).requests.size() == 1);
  CHECK(read(post, {100, 4}) == body_too_large);
  CHECK(read("POST / HTTP/1.0\r\nContent-Length: 18446744073709551615\r\n\r\n") == body_too_large);

  CHECK(read(chunked("2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"), {100, 5}).requests.size() == 1);
  CHECK(read(chunked("2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"), {100, 4}) == body_too_large);
  CHECK(read(chunked("1\r\na\r\nffffffffffffffff\r\n")) == body_too_large);
}

TEST_CASE("chunk heads and trailer fields have separate limits") {
  const std::string extension(2000, 'a');
  const reading chunk_too_large{{}, 400, "A chunk head is too large.", 0};
  const reading trailers_too_large{{}, 431, "The trailer fields are too large.", 0};

  CHECK(read(chunked("1;" + extension + "\r\na\r\n")) == chunk_too_large);
  CHECK(read_bytewise(chunked("1;" + extension)) == chunk_too_large);
  CHECK(read(chunked("0\r\nA: " + extension + "\r\n\r\n"), {1000, 10}) == trailers_too_large);
  CHECK(read_bytewise(chunked("0\r\nA: " + extension), {1000, 10}) == trailers_too_large);
}

TEST_CASE("Expect: 100-continue is recognised") {
  request_reader reader({});
  const auto expects = [&](const std::string& bytes) {
    reader.next();
    reader.read(bytes);
    return reader.now() == state::body && reader.head().expects_continue;
  };
  CHECK(expects("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nExpect: 100-Continue\r\n\r\n"));
  CHECK_FALSE(expects("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n"));
  CHECK_FALSE(expects("POST / HTTP/1.0\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n"));
}

TEST_CASE("random bytes are read the same wherever they are split, and reading ends") {
  std::mt19937 random(11);
  const std::vector<std::string> words{"GET ",
                                       "/ ",
                                       "HTTP/1.1",
                                       "HTTP/1.0",
                                       "\r\n",
                                       "\r\n\r\n",
                                       "\n",
                                       "\r",
                                       "Host: a",
                                       ": ",
                                       "POST / ",
                                       " ",
                                       "chunked",
                                       "0",
                                       "5",
                                       "hello",
                                       ";a=b",
                                       "A: b",
                                       "\r\n ",
                                       ",",
                                       "\t",
                                       get(""),
                                       chunked(""),
                                       "\x01",
                                       "x",
                                       "Expect:",
                                       "Connection",
                                       "close",
                                       "keep-",
                                       "0\r\n",
                                       "5\r\nhello\r\n",
                                       "Content-Length: 5\r\n",
                                       "Transfer-Encoding: chunked\r\n"};
  for (int i = 0; i < 5000; ++i) {
    std::string bytes;
    for (std::size_t n = random() % 12; n > 0; --n) bytes += words[random() % words.size()];
    CAPTURE(bytes);
    CHECK(read(bytes) == read_bytewise(bytes));
  }
}
