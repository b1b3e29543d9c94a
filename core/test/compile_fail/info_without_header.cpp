// expect: aldis: receivers\(\) and info\(\) need #include <aldis/receiver_info.hpp>

#include <aldis/signal.hpp>

#ifndef MISUSE
#include <aldis/receiver_info.hpp>
#endif

void look(const aldis::connection& c) { static_cast<void>(c.info()); }
