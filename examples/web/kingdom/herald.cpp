#include "herald.hpp"

#include <aldis/named.hpp>
#include <aldis/web/signals.hpp>

#include <ostream>
#include <syncstream>

namespace kingdom {

herald::herald(std::ostream& to)
    : watching_(aldis::web::signals.watch("*", [&to](const aldis::send_report& sent) {
        std::osyncstream(to) << sent.signal << ": " << sent.receivers << std::endl;
      })) {}

}  // namespace kingdom
