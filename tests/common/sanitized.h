/* SPDX-License-Identifier: BSD-3-Clause */
/* Which sanitizers this is compiled with: gcc and clang say it in different ways. */
#ifndef SANITIZED_H
#define SANITIZED_H

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define SANITIZED_THREAD 1
#elif __has_feature(address_sanitizer)
#define SANITIZED_ADDRESS 1
#endif
#elif defined(__SANITIZE_THREAD__)
#define SANITIZED_THREAD 1
#elif defined(__SANITIZE_ADDRESS__)
#define SANITIZED_ADDRESS 1
#endif

#ifndef SANITIZED_THREAD
#define SANITIZED_THREAD 0
#endif
#ifndef SANITIZED_ADDRESS
#define SANITIZED_ADDRESS 0
#endif

#endif
