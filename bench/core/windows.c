/* SPDX-License-Identifier: BSD-3-Clause */
#include "windows.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "clock.h"
#include "median.h"
#include "usage.h"

bool windows_init(struct windows *w, uint32_t count, uint64_t begin, uint64_t length)
{
	*w = (struct windows){.count = count, .begin = begin, .length = length, .last_end = begin};
	w->one = calloc(count, sizeof(*w->one));
	w->schedstat = usage_open_schedstat();
	w->wait_known = usage_run_wait_ns(w->schedstat, &w->last_wait_ns);
	return w->one != NULL;
}

void windows_fini(struct windows *w)
{
	free(w->one);
	if (w->schedstat >= 0)
		close(w->schedstat);
}

/*
 * Charges the wait since the last window with a batch to every window since: it could belong to any
 * of them.
 */
static void charge_wait(struct windows *w, uint32_t to)
{
	uint64_t wait_ns;
	if (!usage_run_wait_ns(w->schedstat, &wait_ns))
		return;
	w->wait_known = true;
	for (uint32_t i = w->current; i <= to && i < w->count; i++)
		w->one[i].wait_ns += wait_ns - w->last_wait_ns;
	w->last_wait_ns = wait_ns;
}

void windows_batch(struct windows *w, uint64_t pairs, uint64_t now)
{
	uint64_t index = now < w->begin ? 0 : (now - w->begin) / w->length;
	uint32_t to = index < w->count ? (uint32_t)index : w->count - 1;
	if (to != w->current || index >= w->count) {
		charge_wait(w, to);
		w->current = to;
	}
	w->one[to].pairs += pairs;
	w->one[to].ticks += now - w->last_end;
	w->last_end = now;
}

/*
 * Sets *rate to the pairs per second of all threads in window i. False: not clean, or a thread
 * finished no batch in it.
 */
static bool window_rate(struct windows *const *w, uint32_t threads, uint32_t i, double *rate)
{
	*rate = 0;
	for (uint32_t t = 0; t < threads; t++) {
		const struct windows_one *one = &w[t]->one[i];
		if (one->ticks == 0 || (double)one->wait_ns > WINDOWS_WAIT_SHARE * clock_ns(w[t]->length))
			return false;
		*rate += (double)one->pairs * 1e9 / clock_ns(one->ticks);
	}
	return true;
}

bool windows_summarise(struct windows *const *w, uint32_t threads, struct windows_summary *summary)
{
	uint32_t count = w[0]->count;
	double *rates = calloc(count, sizeof(*rates));
	if (rates == NULL)
		return false;
	uint32_t n = 0;
	bool known = true;
	for (uint32_t i = 1; i < count; i++)
		n += window_rate(w, threads, i, &rates[n]);
	for (uint32_t t = 0; t < threads; t++)
		known = known && w[t]->wait_known;
	summary->windows = count - 1;
	summary->clean = known ? n : UINT64_MAX;
	summary->pairs_per_s = n >= WINDOWS_ENOUGH ? median_sort(rates, n) : NAN;
	free(rates);
	return true;
}
