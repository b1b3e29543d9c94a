// expect: no matching (member )?function

#include <aldis/signal.hpp>

void send(aldis::signal<int(int)>& asked, aldis::signal<void(int)>& told) {
  asked.send_until([](int) { return true; }, 1);
#ifdef MISUSE
  told.send_until([](int) { return true; }, 1);
#else
  told.send(1);
#endif
}
