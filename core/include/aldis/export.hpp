#pragma once

// Marks what the compiled library exports. Templates need no mark: they are compiled by their
// users.
#if defined(_WIN32)
#define ALDIS_API
#else
#define ALDIS_API __attribute__((visibility("default")))
#endif
