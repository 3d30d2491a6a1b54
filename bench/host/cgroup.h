/* SPDX-License-Identifier: BSD-3-Clause */
/* The CPU limit of this process's control groups. */
#ifndef BENCH_CGROUP_H
#define BENCH_CGROUP_H

/* The CPU quota, in CPUs, by cgroup v1 or v2. INFINITY: no limit. For root see sysfile.h. */
double cgroup_quota(const char *root);

#endif
