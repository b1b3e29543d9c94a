#pragma once

#include <aldis/export.hpp>

#include <stdexcept>

namespace aldis {

/// How a send treats a full queue of a receiver.
enum class overflow {
  block,        ///< waits for room
  drop_oldest,  ///< drops the call that has waited longest
  drop_newest,  ///< drops this call, and does not count it in the result of send
  fail,         ///< throws queue_full, as if the receiver had thrown it
};

/// Thrown when a receiver's queue is full and its overflow is `fail`, or it is `block` and the
/// thread that would have to wait is one that empties the queue.
class ALDIS_API queue_full : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
  ~queue_full() override;
};

}  // namespace aldis
