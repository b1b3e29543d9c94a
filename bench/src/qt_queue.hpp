#pragma once

#include <functional>
#include <memory>

namespace bench {

/// A receiver on a QThread, with a queued connection.
class qt_queue {
 public:
  explicit qt_queue(std::function<void(int)> receiver);
  ~qt_queue();

  void send(int amount);

 private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

}  // namespace bench
