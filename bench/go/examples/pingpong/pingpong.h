/* SPDX-License-Identifier: BSD-3-Clause */
#ifndef PINGPONG_H
#define PINGPONG_H

/* So many lines of threads, one after another, so many threads each; returns when all are done. */
void pingpong_run(unsigned lines, unsigned threads);

#endif
