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
	w->batch_pairs = pairs;
	w->batch_ticks = now - w->last_end;
	w->one[to].pairs += w->batch_pairs;
	w->one[to].ticks += w->batch_ticks;
	w->last_end = now;
}

void windows_pace(struct windows *w, bool alone, uint64_t now)
{
	struct windows_one *one = &w->one[w->current];
	if (alone && w->was_alone) {
		one->alone_pairs += w->batch_pairs;
		one->alone_ticks += w->batch_ticks;
	}
	w->was_alone = alone;
	w->paced = true;
	w->last_end = now;
}

/* Reports whether a thread finished a batch in the window and waited for no CPU. */
static bool is_clean(const struct windows *w, uint32_t i)
{
	return w->one[i].ticks > 0 && (double)w->one[i].wait_ns <= WINDOWS_WAIT_SHARE * clock_ns(w->length);
}

static bool is_alone(const struct windows *w, uint32_t i)
{
	return w->paced && (double)w->one[i].alone_ticks >= WINDOWS_ALONE_SHARE * (double)w->one[i].ticks;
}

/*
 * The pairs per second of all threads in window i; alone: in the batches with a core alone. NAN:
 * the window does not count.
 */
static double window_rate(struct windows *const *w, uint32_t threads, uint32_t i, bool alone)
{
	double rate = 0;
	for (uint32_t t = 0; t < threads; t++) {
		const struct windows_one *one = &w[t]->one[i];
		if (!is_clean(w[t], i) || (alone && !is_alone(w[t], i)))
			return NAN;
		rate += (double)(alone ? one->alone_pairs : one->pairs) * 1e9 / clock_ns(alone ? one->alone_ticks : one->ticks);
	}
	return rate;
}

/* Fills rates, which has room for each window, and returns how many there are. */
static uint32_t all_rates(struct windows *const *w, uint32_t threads, bool alone, double *rates)
{
	uint32_t n = 0;
	for (uint32_t i = 1; i < w[0]->count; i++)
		if (!isnan(rates[n] = window_rate(w, threads, i, alone)))
			n++;
	return n;
}

/* Sorts them. NAN: too few. */
static double median_of(double *rates, uint32_t count)
{
	return count >= WINDOWS_ENOUGH ? median_sort(rates, count) : NAN;
}

bool windows_summarise(struct windows *const *w, uint32_t threads, struct windows_summary *summary)
{
	uint32_t count = w[0]->count;
	double *rates = calloc(count, sizeof(*rates));
	if (rates == NULL)
		return false;
	bool known = true, paced = true;
	for (uint32_t t = 0; t < threads; t++) {
		known = known && w[t]->wait_known;
		paced = paced && w[t]->paced;
	}
	uint32_t alone = all_rates(w, threads, true, rates);
	double rate = median_of(rates, alone);
	uint32_t clean = all_rates(w, threads, false, rates);
	summary->windows = count - 1;
	summary->clean = known ? clean : UINT64_MAX;
	summary->alone = paced ? alone : UINT64_MAX;
	summary->pairs_per_s = isnan(rate) ? median_of(rates, clean) : rate;
	free(rates);
	return true;
}
