/* SPDX-License-Identifier: BSD-3-Clause */
#include "trace.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "fibers.h"

#define NAMES 32

struct region {
	uintptr_t from;
	size_t bytes;
	const char *name;
};

bool trace_on;
static struct region regions[NAMES];
static uint32_t count;

void trace_name(const void *p, size_t bytes, const char *name)
{
	if (count < NAMES)
		regions[count++] = (struct region){(uintptr_t)p, bytes, name};
}

void trace_forget(void)
{
	count = 0;
}

static const struct region *find(uintptr_t address)
{
	for (uint32_t i = 0; i < count; i++)
		if (address - regions[i].from < regions[i].bytes)
			return &regions[i];
	return NULL;
}

void trace_place(char *text, size_t size, const volatile void *p)
{
	const struct region *r = find((uintptr_t)p);
	if (r == NULL)
		snprintf(text, size, "%p", (const void *)p);
	else
		snprintf(text, size, "%s+%zu", r->name, (uintptr_t)p - r->from);
}

/* Pointers to ms and the like are easier to follow by name. */
static void print_value(uint64_t value)
{
	char text[64];
	if (find((uintptr_t)value) != NULL) {
		trace_place(text, sizeof(text), (const void *)(uintptr_t)value);
		printf("&%s", text);
	} else {
		printf("%#llx", (unsigned long long)value);
	}
}

static const char *order_name(int order)
{
	static const char *const names[] = {"relaxed", "consume", "acquire", "release", "acq_rel", "seq_cst"};
	return order >= 0 && order < 6 ? names[order] : "";
}

void trace_print(const char *what, const volatile void *p, int order, uint64_t value, int old)
{
	char place[64] = "";
	if (fibers_self == NULL)
		return;
	if (p != NULL)
		trace_place(place, sizeof(place), p);
	printf("  thread %d  %-21s %-22s %-8s ", fibers_self->id, what, place, order_name(order));
	print_value(value);
	if (old > 0)
		printf("  (old: %d newer)", old);
	printf("\n");
}

/* The code's base address: sites are looked up in the file. */
extern const char __executable_start[];

void trace_site(char *text, size_t size, const void *site)
{
	char command[256], exe[128] = "", function[64] = "?", line[128] = "?";
	snprintf(text, size, "%p", site);
	if (site == NULL) {
		snprintf(text, size, "a restartable sequence");
		return;
	}
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	if (n <= 0 || strchr(exe, '\'') != NULL)
		return;
	size_t offset = (size_t)((const char *)site - __executable_start) - 1;
	snprintf(command, sizeof(command), "addr2line -s -f -e '%s' %#zx 2>/dev/null", exe, offset);
	FILE *f = popen(command, "r");
	if (f == NULL)
		return;
	if (fscanf(f, "%63s %127s", function, line) == 2)
		snprintf(text, size, "%s (%s)", function, line);
	pclose(f);
}
