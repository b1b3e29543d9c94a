#pragma once

#include <cstdio>
#include <cstdlib>

/// For programs that fork, exit early or change their process: reports a failure and exits at once.
#define CHECK(what)                                                                 \
  do {                                                                              \
    if (!(what)) {                                                                  \
      std::fprintf(stderr, "%s:%d: %s does not hold\n", __FILE__, __LINE__, #what); \
      std::_Exit(1);                                                                \
    }                                                                               \
  } while (false)
