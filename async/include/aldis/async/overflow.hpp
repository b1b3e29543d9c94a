#pragma once

#include <aldis/export.hpp>

#include <stdexcept>

namespace aldis {

/// What a send does when a receiver's queue is full.
enum class overflow {
  block,        ///< waits for room
  drop_oldest,  ///< the call that waits longest is never started
  drop_newest,  ///< this call is never started, and not counted by send
  fail,         ///< throws queue_full, as if the receiver had thrown it
};

/// Thrown when a receiver's queue is full and its overflow is `fail`; or `block`, and the thread
/// that would have to wait is one that empties the queue.
class ALDIS_API queue_full : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
  ~queue_full() override;
};

}  // namespace aldis
