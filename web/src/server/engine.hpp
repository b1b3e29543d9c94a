#pragma once

#include <aldis/export.hpp>
#include <aldis/web/fwd.hpp>
#include <aldis/web/server_options.hpp>

#include "server/deadlines.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace aldis::web::detail {

/// For tests: what a server otherwise takes from the system.
struct engine_hooks {
  /// The time. With it, time passes only in tick().
  std::function<time_point()> clock;
  /// Gets what is logged, one line at a time.
  std::function<void(std::string_view)> log;
};

/// The server itself: listens on one thread, and hands connections to its loops in turn.
///
/// One socket listens. With one for each loop (SO_REUSEPORT) the system would choose the loop by
/// the client's port, some getting more than others; a second server on the same port would not be
/// refused; and what waits at a socket that is closed would be reset.
class ALDIS_API engine {
 public:
  engine(app& serves, const server_options& options, engine_hooks hooks = {});
  ~engine();
  engine(const engine&) = delete;
  engine& operator=(const engine&) = delete;

  std::uint16_t port() const noexcept;
  std::string url() const;
  void run();
  /// Threads: any.
  void stop() noexcept;
  /// All loops look at the clock. Threads: any.
  void tick();

 private:
  class implementation;

  std::unique_ptr<implementation> implementation_;
};

}  // namespace aldis::web::detail
