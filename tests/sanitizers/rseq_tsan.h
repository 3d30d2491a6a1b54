/* SPDX-License-Identifier: BSD-3-Clause */
/* Included with -include under ThreadSanitizer, which does not see what the sections of rseq.h load
 * and store. This tells it what they order. */
#ifndef RSEQ_TSAN_H
#define RSEQ_TSAN_H

/* As in sanitizer/tsan_interface.h. gcc's also defines __has_feature, which sources take for
 * clang. */
void __tsan_acquire(void *address);
void __tsan_release(void *address);

#define RSEQ_PUSHES(entry) __tsan_release(entry)
#define RSEQ_TAKES(entry) __tsan_acquire(entry)

#endif
