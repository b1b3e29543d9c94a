#pragma once

#include <aldis/connection.hpp>
#include <aldis/web/fwd.hpp>

#include <iosfwd>

namespace kingdom {

/// Writes down who asked for what, what became of it, and what went wrong: a
/// line of JSON each. It only listens; no page knows that it is there.
class audit {
 public:
  /// The stream must outlive it.
  audit(aldis::web::app& app, std::ostream& to);

 private:
  aldis::connections heard_;
};

}  // namespace kingdom
