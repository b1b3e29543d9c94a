// expect: aldis: values in g\(\) must be copyable; store this one in a std::shared_ptr

#include <aldis/web/context.hpp>

#include <memory>

void keep() {
  static_cast<void>(aldis::web::g().get_or_make("number", [] { return std::make_shared<int>(1); }));
#ifdef MISUSE
  static_cast<void>(aldis::web::g().get_or_make("number", [] { return std::make_unique<int>(1); }));
#endif
}
