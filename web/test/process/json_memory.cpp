// Measures the memory for reading and writing a large JSON document, that it is freed, and that no
// text exceeds its limit.

#include <aldis/web/app.hpp>
#include <aldis/web/http_error.hpp>
#include <aldis/web/json.hpp>

#include "server/client.hpp"
#include "server/server_impl.hpp"
#include <malloc.h>

#include <atomic>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <string>
#include <thread>

namespace {

std::atomic<std::size_t> used{0};
std::atomic<std::size_t> most_used{0};

void forget_peak() { most_used = used.load(); }

}  // namespace

void* operator new(std::size_t size) {
  void* const memory = std::malloc(size);
  if (memory == nullptr) throw std::bad_alloc();
  const std::size_t now = used += malloc_usable_size(memory);
  for (std::size_t most = most_used; now > most && !most_used.compare_exchange_weak(most, now);) {
  }
  return memory;
}
void operator delete(void* memory) noexcept {
  used -= malloc_usable_size(memory);
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept { operator delete(memory); }

namespace {

std::string document(std::size_t size) {
  std::string text = "[";
  for (int i = 0; text.size() < size; ++i) {
    if (i > 0) text += ',';
    text += R"({"author":{"mail":"somebody@example.com","name":"Somebody Nobody"},"id":)" +
            std::to_string(i) +
            R"(,"text":"Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eius",)"
            R"("title":"A title of a usual length"})";
  }
  return text + "]";
}

struct reading {
  bool rejected = false;
  std::size_t peak = 0;
};

/// Reads an array of these parts with a text of one MiB, with a limit of `times` its size.
reading read(const std::string& part, std::size_t times) {
  constexpr std::size_t size = std::size_t{1024} * 1024;
  std::string text = "[";
  while (text.size() < size) text.append(part).push_back(',');
  text.back() = ']';
  aldis::web::request from("POST", "/");
  from.headers().set("Content-Type", "application/json");
  from.body() = text;
  if (times != 0) from.set_json_limit(times * text.size());
  const std::size_t before = used;
  forget_peak();
  reading result;
  try {
    static_cast<void>(aldis::web::get_json(from));
  } catch (const aldis::web::http_error& error) {
    result.rejected = error.code() == 413;
  }
  result.peak = most_used - before;
  if (times != 0 && result.peak > times * text.size() + 100'000) {
    std::printf("%s takes %zu bytes\n", part.c_str(), result.peak);
    std::exit(1);
  }
  return result;
}

void check_limits() {
  bool right = read("0", 6).rejected && read("[[0]]", 6).rejected && read("{\"a\":1}", 6).rejected;
  right = right && !read("12345678", 6).rejected && !read("[1,2]", 0).rejected;
  // A text that the parser delivers in parts needs additional memory.
  right = right && !read('"' + std::string(500'000, 'x') + "\\n\"", 6).rejected;
  if (!right) {
    std::puts("another text is rejected");
    std::exit(1);
  }
}

}  // namespace

int main() {
  check_limits();
  aldis::web::app app;
  app.get("/", [] { return "hello"; });
  app.post("/json", [](aldis::web::request& request) { return aldis::web::get_json(request); });
  aldis::web::detail::server_impl server(
      app, {.port = 0, .threads = 1, .access_log = false},
      {.clock = [] { return aldis::web::detail::time_point(); }, .log = {}});
  std::thread thread([&] { server.run(); });

  client one(server.port());
  const std::string text = document(std::size_t{7} * 1024 * 1024);
  const std::string request =
      "POST /json HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: " +
      std::to_string(text.size()) + "\r\n\r\n" + text;
  const std::string hello = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  one.send(hello);
  one.receive();
  const std::size_t before = used;
  forget_peak();
  std::size_t peak = 0;
  bool right = false;
  {
    client other(server.port());
    other.send(request);
    // The response stays in the kernel and in the server until it is read.
    for (int i = 0; i < 60'000 && !other.readable(); ++i) {
    }
    peak = most_used - before;
    right = other.receive() == "200 " + text + "\n";
  }
  one.send(hello);
  one.receive();
  const std::size_t after = used - before;
  server.stop();
  thread.join();

  const double times = static_cast<double>(peak) / static_cast<double>(text.size());
  std::printf("%.1f times the text at most, %zu bytes kept, %s\n", times, after,
              right ? "as it was" : "another document");
  return right && times < 6 && after < text.size() / 4 ? 0 : 1;
}
