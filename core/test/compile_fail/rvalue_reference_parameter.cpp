// expect: aldis: a parameter T&& could be given to one receiver only; use T or const T&

#include <aldis/signal.hpp>

struct text {};

aldis::signal<void(text, const text&, text&)> fine;
#ifdef MISUSE
aldis::signal<void(text&&)> misused;
#endif
