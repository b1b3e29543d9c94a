// A plain request over a persistent connection allocates nothing, except in its handler.

#include <aldis/web/app.hpp>

#include "server/client.hpp"
#include "server/server_impl.hpp"

#include <atomic>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <string>
#include <thread>

namespace {
std::atomic<std::size_t> allocations{0};
}  // namespace

void* operator new(std::size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  if (void* const memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

int main() {
  constexpr int requests = 1000;
  aldis::web::app app;
  app.get("/", [] { return "hello"; });
  // The clock stands still, so that periodic work is not counted.
  aldis::web::detail::server_impl server(
      app, {.port = 0, .threads = 1, .access_log = false},
      {.clock = [] { return aldis::web::detail::time_point(); }, .log = {}});
  std::thread thread([&] { server.run(); });

  client one(server.port());
  const std::string request =
      "GET / HTTP/1.1\r\nHost: localhost\r\nUser-Agent: a browser\r\nAccept: */*\r\n"
      "Accept-Language: en\r\n\r\n";
  std::size_t before = 0;
  std::size_t wrong = 0;
  for (int i = 0; i < 2 * requests; ++i) {
    // The first half allocates the memory that is reused.
    if (i == requests) before = allocations;
    one.send(request);
    if (one.receive() != "200 hello") ++wrong;
  }
  const std::size_t made = allocations - before;
  server.stop();
  thread.join();

  std::printf("%zu allocations for %d requests, %zu wrong\n", made, requests, wrong);
  // Proves that allocations are counted.
  return wrong == 0 && made == 0 && before > 0 ? 0 : 1;
}
