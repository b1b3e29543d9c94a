#include <aldis/web/signals.hpp>

namespace aldis::web::detail {

registry& signal_registry() {
  static auto* const only = new registry;
  return *only;
}

}  // namespace aldis::web::detail
