#pragma once

// Marks what the compiled library exports.
#if defined(_WIN32)
#define ALDIS_TEMPLATES_API
#else
#define ALDIS_TEMPLATES_API __attribute__((visibility("default")))
#endif
