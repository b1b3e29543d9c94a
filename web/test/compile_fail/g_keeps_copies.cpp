// expect: aldis: values in g\(\) must be copyable; store this one in a std::shared_ptr

#include <aldis/web/context.hpp>

#include <memory>

void keep() {
  aldis::web::g().set("number", std::make_shared<int>(1));
#ifdef MISUSE
  aldis::web::g().set("number", std::make_unique<int>(1));
#endif
}
