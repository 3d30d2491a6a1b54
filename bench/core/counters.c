/* SPDX-License-Identifier: BSD-3-Clause */
#include "counters.h"

#include <errno.h>
#include <math.h>
#include <perfmon/pfmlib_perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static char reason[256]; /* counters_new's */

#define NAME_BYTES 100

struct counters {
	uint32_t count, others;
	enum counters_role role[COUNTERS_MOST];
	struct perf_event_attr attr[COUNTERS_MOST];
	char name[COUNTERS_MOST][NAME_BYTES];
	char names[COUNTERS_MOST * NAME_BYTES]; /* all, joined by commas */
};

const struct counters *counters_in_use;

/*
 * Loads whose line was modified in another core's cache, by machine: Intel since Sandy Bridge, AMD
 * since Zen 2 (from a cache of the same complex), Arm (from another socket).
 */
static const char *const modified_elsewhere[] = {
    "MEM_LOAD_L3_HIT_RETIRED:XSNP_FWD",
    "MEM_LOAD_L3_HIT_RETIRED:XSNP_HITM",
    "MEM_LOAD_UOPS_L3_HIT_RETIRED:XSNP_HITM",
    "MEM_LOAD_UOPS_LLC_HIT_RETIRED:XSNP_HITM",
    "DEMAND_DATA_CACHE_FILLS_FROM_SYSTEM:LOCAL_CCX",
    "DEMAND_DATA_CACHE_FILLS_FROM_SYSTEM:INT_CACHE",
    "DATA_CACHE_REFILLS_FROM_SYSTEM:LS_MABRESP_LCL_CACHE",
    "REMOTE_ACCESS",
};

static int encode(const char *name, struct perf_event_attr *attr)
{
	pfm_perf_encode_arg_t arg = {.attr = attr, .size = sizeof(arg)};
	*attr = (struct perf_event_attr){.size = sizeof(*attr)};
	return pfm_get_os_event_encoding(name, PFM_PLM0 | PFM_PLM3, PFM_OS_PERF_EVENT, &arg);
}

static enum counters_role role_of(const char *name)
{
	static const char *const known[] = {"cycles", "instructions", "cache-misses"};
	for (int i = 0; i < COUNTERS_MODIFIED_ELSEWHERE; i++)
		if (strcmp(name, known[i]) == 0)
			return (enum counters_role)i;
	for (size_t i = 0; i < sizeof(modified_elsewhere) / sizeof(modified_elsewhere[0]); i++)
		if (strcmp(name, modified_elsewhere[i]) == 0)
			return COUNTERS_MODIFIED_ELSEWHERE;
	return COUNTERS_OTHER;
}

static bool refuse(const char *name, const char *why)
{
	snprintf(reason, sizeof(reason), "%s: %s", name, why);
	return false;
}

/* False: the reason is set. */
static bool add(struct counters *c, const char *name)
{
	struct perf_event_attr *attr = &c->attr[c->count];
	enum counters_role role = role_of(name);
	if (role == COUNTERS_OTHER ? c->others == COUNTERS_OTHERS : counters_find(c, role, 0) < COUNTERS_MOST)
		return refuse(name, role == COUNTERS_OTHER ? "too many events" : "counted already");
	int error = encode(name, attr);
	if (error != PFM_SUCCESS)
		return refuse(name, pfm_strerror(error));
	attr->read_format = PERF_FORMAT_GROUP | PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
	snprintf(c->name[c->count], NAME_BYTES, "%s", name);
	c->role[c->count++] = role;
	c->others += role == COUNTERS_OTHER;
	return true;
}

static bool add_all(struct counters *c, const char *events)
{
	char *copy = strdup(events), *rest = NULL;
	bool ok = copy != NULL;
	for (char *name = ok ? strtok_r(copy, ",", &rest) : NULL; ok && name != NULL; name = strtok_r(NULL, ",", &rest))
		ok = add(c, name);
	free(copy);
	return ok && (c->count > 0 || refuse("events", "none is named"));
}

static bool add_defaults(struct counters *c)
{
	struct perf_event_attr attr;
	bool ok = add(c, "cycles") && add(c, "instructions") && add(c, "cache-misses");
	for (size_t i = 0; ok && i < sizeof(modified_elsewhere) / sizeof(modified_elsewhere[0]); i++)
		if (encode(modified_elsewhere[i], &attr) == PFM_SUCCESS)
			return add(c, modified_elsewhere[i]);
	return ok;
}

static int open_one(const struct counters *c, uint32_t index, int leader)
{
	struct perf_event_attr attr = c->attr[index];
	attr.disabled = index == 0; /* the leader stops and starts all */
	return (int)syscall(SYS_perf_event_open, &attr, 0, -1, leader, PERF_FLAG_FD_CLOEXEC);
}

/* Returns how many events the kernel grants, in order. Not all: t has none, errno says why. */
static uint32_t open_group(const struct counters *c, struct counters_thread *t)
{
	for (t->count = 0; t->count < c->count; t->count++) {
		t->fd[t->count] = open_one(c, t->count, t->count == 0 ? -1 : t->fd[0]);
		if (t->fd[t->count] < 0)
			break;
	}
	uint32_t granted = t->count;
	int error = errno;
	while (granted < c->count && t->count > 0)
		close(t->fd[--t->count]);
	errno = error;
	return granted;
}

bool counters_open(const struct counters *c, struct counters_thread *t)
{
	return open_group(c, t) == c->count;
}

static void leave_out_kernel(struct counters *c)
{
	for (uint32_t i = 0; i < c->count; i++)
		c->attr[i].exclude_kernel = 1;
}

static void leave_out(struct counters *c, uint32_t index)
{
	c->count--;
	for (uint32_t i = index; i < c->count; i++) {
		c->attr[i] = c->attr[i + 1];
		c->role[i] = c->role[i + 1];
		memcpy(c->name[i], c->name[i + 1], NAME_BYTES);
	}
}

/* Without the kernel's part each name ends with ":u", as in libpfm4. */
static void join_names(struct counters *c)
{
	size_t end = 0;
	for (uint32_t i = 0; i < c->count; i++)
		end += (size_t)snprintf(c->names + end, sizeof(c->names) - end, "%s%s%s", i == 0 ? "" : ",", c->name[i],
					counters_with_kernel(c) ? "" : ":u");
}

static const char *explain(int error)
{
	if (error == ENOENT || error == ENODEV || error == EOPNOTSUPP)
		return "this machine shows no such counter";
	return error == EACCES || error == EPERM ? "not allowed; see perf_event_paranoid" : strerror(error);
}

/*
 * Opens the group once, with the kernel's part if that is allowed. Of the default set, what this
 * machine does not show is left out: a virtual CPU often has cycles and instructions alone.
 */
static bool try_out(struct counters *c, bool by_default)
{
	struct counters_thread t;
	for (uint32_t granted; (granted = open_group(c, &t)) < c->count;) {
		bool forbidden = errno == EACCES || errno == EPERM;
		if (forbidden && counters_with_kernel(c))
			leave_out_kernel(c);
		else if (!forbidden && by_default && c->count > 1)
			leave_out(c, granted);
		else
			return refuse(by_default ? "perf_event_open" : c->name[granted], explain(errno));
	}
	struct counters_total total = {.running_ns = 0};
	counters_take(&t, &total);
	join_names(c);
	return true;
}

struct counters *counters_new(const char *events, const char **why, bool *unknown)
{
	struct counters *c = calloc(1, sizeof(*c));
	int error = pfm_initialize();
	*why = reason;
	bool ok = c != NULL && error == PFM_SUCCESS;
	if (!ok)
		refuse("libpfm4", c == NULL ? "no memory" : pfm_strerror(error));
	*unknown = ok && !(events == NULL ? add_defaults(c) : add_all(c, events));
	if (ok && !*unknown && try_out(c, events == NULL))
		return c;
	free(c);
	return NULL;
}

const char *counters_names(const struct counters *c)
{
	return c->names;
}

uint32_t counters_find(const struct counters *c, enum counters_role role, uint32_t n)
{
	for (uint32_t i = 0; i < c->count; i++)
		if (c->role[i] == role && n-- == 0)
			return i;
	return COUNTERS_MOST;
}

bool counters_with_kernel(const struct counters *c)
{
	return c->attr[0].exclude_kernel == 0;
}

static void tell(const struct counters_thread *t, unsigned long request)
{
	if (t->count > 0)
		ioctl(t->fd[0], request, PERF_IOC_FLAG_GROUP);
}

void counters_start(const struct counters_thread *t)
{
	tell(t, PERF_EVENT_IOC_ENABLE);
}

void counters_stop(const struct counters_thread *t)
{
	tell(t, PERF_EVENT_IOC_DISABLE);
}

void counters_take(struct counters_thread *t, struct counters_total *total)
{
	uint64_t read_of[3 + COUNTERS_MOST]; /* number, time enabled, time running, values */
	bool ok = t->count > 0 && read(t->fd[0], read_of, sizeof(read_of)) >= (ssize_t)((3 + t->count) * sizeof(*read_of));
	for (uint32_t i = 0; ok && i < t->count; i++)
		total->value[i] += (double)read_of[3 + i];
	if (ok) {
		total->enabled_ns += (double)read_of[1];
		total->running_ns += (double)read_of[2];
	}
	while (t->count > 0)
		close(t->fd[--t->count]);
}

void counters_free(struct counters *c)
{
	free(c);
}

double counters_sum(const struct counters_total *total, uint32_t index)
{
	return index < COUNTERS_MOST && total->running_ns > 0 ? total->value[index] * total->enabled_ns / total->running_ns : NAN;
}

double counters_share(const struct counters_total *total)
{
	return total->enabled_ns > 0 ? total->running_ns / total->enabled_ns : NAN;
}
