// expect: aldis: receivers\(\) and info\(\) need #include <aldis/receiver_info.hpp>

#include <aldis/signal.hpp>

#ifndef MISUSE
#include <aldis/receiver_info.hpp>
#endif

void look(const aldis::signal<void(int)>& ready) { static_cast<void>(ready.receivers()); }
