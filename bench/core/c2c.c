/* SPDX-License-Identifier: BSD-3-Clause */
#include "c2c.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "extram.h"
#include "median.h"

#define ROUNDS 200   /* round trips of a sample */
#define SAMPLES 31   /* of a pair, at most */
#define LOOKS 4096   /* tries between two looks at the clock */
#define LEAST_NS 2e6 /* for a pair: a thread has to start, and a few samples are needed */

enum { PING, PONG, STOP }; /* values of the line */

/* A pair of CPUs, by their index in the placement smt. */
struct pair {
	_Alignas(EXTRAM_APART) atomic_uint line;
	_Alignas(EXTRAM_APART) const struct topology *topology;
	uint32_t here, there;
	uint64_t deadline; /* clock_now */
	atomic_bool bound;
};

/* The other thread. Runs until the line says STOP. */
static void *answer(void *context)
{
	struct pair *pair = context;
	if (!topology_bind(pair->topology, TOPOLOGY_SMT, pair->there))
		return NULL;
	/* relaxed: pthread_join publishes it. */
	atomic_store_explicit(&pair->bound, true, memory_order_relaxed);
	for (unsigned expected = PONG; expected != STOP;) {
		expected = PONG;
		/* acquire and release: pairs with hand_over, as in a list's hand-over. */
		atomic_compare_exchange_strong_explicit(&pair->line, &expected, PING, memory_order_acq_rel, memory_order_acquire);
	}
	return NULL;
}

/* Hands the line over once. False: the other thread has not answered in time. */
static bool hand_over(struct pair *pair)
{
	for (uint64_t looks = 1;; looks++) {
		unsigned expected = PING;
		/* acquire and release: pairs with answer. */
		if (atomic_compare_exchange_strong_explicit(&pair->line, &expected, PONG, memory_order_acq_rel, memory_order_acquire))
			return true;
		if (looks % LOOKS == 0 && clock_now() > pair->deadline)
			return false;
	}
}

static bool round_trips(struct pair *pair, uint32_t rounds)
{
	bool ok = true;
	while (ok && rounds-- > 0)
		ok = hand_over(pair);
	return ok;
}

/* The median of the samples, one way; NAN: none in time. */
static double sample(struct pair *pair)
{
	double ns[SAMPLES];
	uint32_t n = 0;
	for (bool ok = round_trips(pair, ROUNDS); ok && n < SAMPLES && clock_now() < pair->deadline;) {
		uint64_t begin = clock_begin();
		ok = round_trips(pair, ROUNDS);
		if (ok)
			ns[n++] = clock_ns(clock_end() - begin) / (2 * ROUNDS);
	}
	return n == 0 ? NAN : median_sort(ns, n);
}

static void stop(struct pair *pair)
{
	/* relaxed: a flag; pthread_join orders the rest. */
	atomic_store_explicit(&pair->line, STOP, memory_order_relaxed);
}

static bool measure_pair(struct pair *pair, double ns_each, double *ns)
{
	pthread_t other;
	/* relaxed: pthread_create publishes them. */
	atomic_store_explicit(&pair->line, PING, memory_order_relaxed);
	atomic_store_explicit(&pair->bound, false, memory_order_relaxed);
	bool bound = topology_bind(pair->topology, TOPOLOGY_SMT, pair->here);
	int error = pthread_create(&other, NULL, answer, pair);
	if (error != 0) {
		fprintf(stderr, "extram-bench: c2c: pthread_create: %s\n", strerror(error));
		return false;
	}
	pair->deadline = clock_now() + clock_ticks(ns_each);
	*ns = sample(pair);
	stop(pair);
	pthread_join(other, NULL);
	/* relaxed: the thread was joined. */
	if (!bound || !atomic_load_explicit(&pair->bound, memory_order_relaxed))
		*ns = NAN;
	return true;
}

bool c2c_measures(uint32_t cpus, uint32_t row, uint32_t column)
{
	uint32_t distance = row - column;
	return row != column && (cpus <= C2C_ALL_CPUS || (distance & (distance - 1)) == 0);
}

void c2c_rows(const struct topology *topology, uint32_t *index)
{
	for (uint32_t i = 0; i < topology_cpus(topology); i++) {
		uint32_t number = topology_place(topology, TOPOLOGY_SMT, i), at = i;
		for (; at > 0 && topology_place(topology, TOPOLOGY_SMT, index[at - 1]) > number; at--)
			index[at] = index[at - 1];
		index[at] = i;
	}
}

static uint32_t count_pairs(uint32_t cpus)
{
	uint32_t pairs = 0;
	for (uint32_t row = 0; row < cpus; row++)
		for (uint32_t column = 0; column < row; column++)
			pairs += c2c_measures(cpus, row, column);
	return pairs;
}

static bool stopped(const struct c2c_wish *wish)
{
	/* relaxed: a flag; no data goes with it. */
	return wish->abort != NULL && atomic_load_explicit(wish->abort, memory_order_relaxed);
}

/* The pairs in the machine's order; index: the place of each row in it. */
static bool measure_all(struct c2c *c2c, struct pair *pair, const uint32_t *index, const struct c2c_wish *wish)
{
	uint32_t pairs = count_pairs(c2c->cpus);
	double each = pairs == 0 ? 0 : fmax(LEAST_NS, wish->seconds * 1e9 / pairs);
	bool ok = true;
	for (uint32_t row = 0; ok && row < c2c->cpus; row++)
		for (uint32_t column = 0; ok && column < row && !stopped(wish); column++) {
			double *ns = &c2c->ns[(size_t)row * c2c->cpus + column];
			pair->here = index[column];
			pair->there = index[row];
			uint32_t far = pair->here > pair->there ? pair->here : pair->there;
			if (!c2c_measures(c2c->cpus, far, pair->here ^ pair->there ^ far))
				continue;
			ok = measure_pair(pair, each, ns);
			c2c->pairs += !isnan(*ns);
		}
	return ok;
}

bool c2c_measure(struct c2c *c2c, const struct topology *topology, const struct c2c_wish *wish)
{
	*c2c = (struct c2c){.cpus = topology_cpus(topology)};
	size_t cells = (size_t)c2c->cpus * c2c->cpus;
	struct pair *pair = aligned_alloc(EXTRAM_APART, sizeof(*pair));
	uint32_t *index = calloc(c2c->cpus, sizeof(*index));
	c2c->ns = calloc(cells, sizeof(*c2c->ns));
	bool ok = pair != NULL && index != NULL && c2c->ns != NULL;
	if (ok) {
		for (size_t i = 0; i < cells; i++)
			c2c->ns[i] = NAN;
		c2c_rows(topology, index);
		pair->topology = topology;
		ok = measure_all(c2c, pair, index, wish);
		topology_unbind(topology);
	} else {
		fprintf(stderr, "extram-bench: c2c: no memory for %u CPUs\n", c2c->cpus);
	}
	free(index);
	free(pair);
	return ok;
}

void c2c_free(struct c2c *c2c)
{
	free(c2c->ns);
}

static void write_row(const struct c2c *c2c, uint32_t row, FILE *f)
{
	for (uint32_t column = 0; column < c2c->cpus; column++) {
		double ns = column < row ? c2c->ns[(size_t)row * c2c->cpus + column] : NAN;
		if (column > 0)
			fputc(',', f);
		if (!isnan(ns))
			fprintf(f, "%.1f", ns);
	}
	fputc('\n', f);
}

bool c2c_write(const struct c2c *c2c, const char *path)
{
	FILE *f = fopen(path, "we");
	bool ok = f != NULL;
	for (uint32_t row = 0; ok && row < c2c->cpus; row++)
		write_row(c2c, row, f);
	ok = ok && ferror(f) == 0;
	if (f != NULL && fclose(f) != 0)
		ok = false;
	if (!ok)
		fprintf(stderr, "extram-bench: %s: %s\n", path, strerror(errno));
	return ok;
}
