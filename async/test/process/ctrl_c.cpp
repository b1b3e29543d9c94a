// Clean shutdown on Ctrl+C: the child process gets SIGINT and ends by itself.

#include <aldis/async/async.hpp>

#include <boost/asio.hpp>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>

namespace asio = boost::asio;

namespace {

int serve(int ready) {
  asio::io_context context;
  auto serving = asio::make_work_guard(context);
  bool put_away = false;
  aldis::os_signal(SIGINT).connect(
      [&](int) -> asio::awaitable<void> {
        co_await asio::post(asio::use_awaitable);
        put_away = true;
        serving.reset();
      },
      aldis::on(context), aldis::once);
  if (write(ready, "!", 1) != 1) return 1;
  context.run();
  return put_away ? 42 : 2;
}

}  // namespace

int main() {
  int ready[2];
  if (pipe(ready) != 0) return 1;
  const pid_t child = fork();
  if (child == 0) std::exit(serve(ready[1]));
  char byte = 0;
  if (read(ready[0], &byte, 1) != 1) return 1;
  kill(child, SIGINT);
  int status = 0;
  if (waitpid(child, &status, 0) != child) return 1;
  return WIFEXITED(status) && WEXITSTATUS(status) == 42 ? 0 : 2;
}
