/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef POOL_H
#define POOL_H

/* Serves so many requests by so many threads, so many a second; returns when all are served. */
void pool_run(unsigned threads, unsigned requests, unsigned per_second);

#endif
