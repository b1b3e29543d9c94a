#pragma once

#include <aldis/connection.hpp>

#include <iosfwd>

namespace kingdom {

/// Calls out every signal that is sent, and how many heard it; also those that
/// nobody hears.
class herald {
 public:
  /// The stream must outlive it.
  explicit herald(std::ostream& to);

 private:
  aldis::scoped_connection watching_;
};

}  // namespace kingdom
