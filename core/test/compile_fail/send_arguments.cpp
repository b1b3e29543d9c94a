// expect: aldis: an argument does not convert to the signal's parameter
// expect: aldis: arguments are missing: send as many as the signal has parameters
// expect: aldis: too many arguments: send as many as the signal has parameters
// expect: aldis: send_until\(\) needs answers, and this signal's R is void: use send\(\)
// expect: aldis: send_until\(predicate, arguments...\): the predicate takes an answer
// expect: aldis: the predicate is missing: send_until\(predicate, arguments...\)

#include <aldis/signal.hpp>

struct order {};

void send(aldis::signal<void(int, const order&)>& sold, aldis::signal<int(int)>& asked) {
  const order paid;
  sold.send(1, paid);
  asked.send_until([](int) { return true; }, 1);
#if MISUSE == 1
  sold.send(paid, 1);
#elif MISUSE == 2
  sold.send_robust(1);
#elif MISUSE == 3
  asked.send(1, 2);
#elif MISUSE == 4
  sold.send_until([](int) { return true; }, 1, paid);
#elif MISUSE == 5
  asked.send_until([](const order&) { return true; }, 1);
#elif MISUSE == 6
  asked.send_until();
#endif
}
