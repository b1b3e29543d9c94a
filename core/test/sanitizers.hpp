#pragma once

// ALDIS_SANITIZES_THREADS and ALDIS_SANITIZES_ADDRESSES: which sanitizer the program is built with.

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define ALDIS_SANITIZES_THREADS 1
#endif
#if __has_feature(address_sanitizer)
#define ALDIS_SANITIZES_ADDRESSES 1
#endif
#endif

#if defined(__SANITIZE_THREAD__) && !defined(ALDIS_SANITIZES_THREADS)
#define ALDIS_SANITIZES_THREADS 1
#endif
#if defined(__SANITIZE_ADDRESS__) && !defined(ALDIS_SANITIZES_ADDRESSES)
#define ALDIS_SANITIZES_ADDRESSES 1
#endif
