#pragma once

#include <aldis/connection.hpp>
#include <aldis/web/fwd.hpp>

#include <cstdint>
#include <map>
#include <mutex>
#include <string>

namespace kingdom {

/// Counts what happens, and shows it to Prometheus at /metrics. It only
/// listens; no other page knows that it is there.
///
/// Lifetime: no request may come any more when it dies.
class metrics {
 public:
  explicit metrics(aldis::web::app& app);

  std::string text() const;

 private:
  void count(const std::string& what);

  mutable std::mutex mutex_;  // guards what follows
  std::map<std::string, std::uint64_t> counts_;

  aldis::connections heard_;  // last: nobody counts any more when the counters go
};

}  // namespace kingdom
