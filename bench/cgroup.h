/* SPDX-License-Identifier: BSD-3-Clause */
/* What the control groups of this process allow it. */
#ifndef BENCH_CGROUP_H
#define BENCH_CGROUP_H

/* CPUs' worth of time, by either version of the interface; INFINITY where nothing limits it. root as in sysfile.h. */
double cgroup_quota(const char *root);

#endif
