/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * emptiness: checks that a get over the slabs of rseq.h does not report an empty list while there
 * is an m. Compiled once for each strategy that uses slabs. It includes the strategy's source, so
 * that it controls what happens between two looks at slabs.
 *
 * A getter looks at one slab after the other. The m lies on the slab of one of two CPUs. Just
 * before the getter looks at that slab, another m is put on the other CPU's slab, and then this one
 * is taken. So each slab that the getter sees is empty, and the list never is. The puts have stood
 * still since before the get, between the choice of the slab and the push, because later they might
 * choose differently.
 */
#include <errno.h>
#include <semaphore.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "harness.h"

#define PUTS 8 /* puts that stand still; five are enough for three passes over the slabs */
#define SKIP 77

static void looks_at(const volatile void *word);
static void looks_elsewhere(const volatile void *word);
static void pushes(void);
static long barrier(long number, int cmd, unsigned flags, int cpu);

#ifdef __clang__
#define LOAD(p, order) __c11_atomic_load(p, order)
#else
#define LOAD(p, order) __atomic_load_n(p, order)
#endif
/* Replaces the strategy's loads. Only the words of slabs have this type. */
#undef atomic_load_explicit
#define atomic_load_explicit(p, order) (_Generic((p), _Atomic uint64_t * : looks_at, default : looks_elsewhere)(p), LOAD(p, order))
#define syscall barrier
/* No get waits here, so no thread sleeps. */
#undef EXTRAM_FUTEX_WAIT
#undef EXTRAM_FUTEX_WAKE
#define EXTRAM_FUTEX_WAIT(word, value) ((void)(word), (void)(value))
#define EXTRAM_FUTEX_WAKE(word, count) ((void)(word), (void)(count))
#define RSEQ_PUSHES(entry) ((void)(entry), pushes())
#define RSEQ_TAKES(entry) ((void)(entry))

#include STRATEGY_FILE

#undef syscall

#define PASTE(a, b) a##b
#define STRATEGY_OF(name) PASTE(extram_, name)

/* A put that stands still. */
struct held {
	struct payload_m *p;
	sem_t stands, go, done;
};

static struct fixture f;
static struct held held[PUTS]; /* on the two CPUs in turn */
static unsigned gone;          /* entries of held that may go on */
static unsigned taken;         /* ms that are taken for good */
static unsigned at;            /* 0 or 1: which of the two CPUs has the slab with the m */
static _Thread_local struct held *mine;
static _Thread_local struct held *pushed; /* has gone on to its push. What it does afterwards may have to wait for the getter */

/* For the getter, while it is watched. */
static _Thread_local bool watched, dances;
static const volatile struct rseq_slab *first;
static unsigned barriers, looked[2]; /* counted in this get: barriers so far, and when it last looked at each of the two slabs */

static void tell_pushed(void)
{
	if (pushed != NULL)
		sem_post(&pushed->done);
	pushed = NULL;
}

static void push_here(struct worker *w)
{
	struct held *h = &held[w->rank];
	/* relaxed: a new m has no owner. */
	atomic_store_explicit(&h->p->holder, w->id, memory_order_relaxed);
	h->p->owner = w->id;
	crew_pin(crew_cpu(w->rank % 2));
	worker_phase(w, "standing still inside a put");
	mine = h;
	fixture_put(&f, w, h->p);
	if (mine != NULL) /* it did not push */
		pushes();
	tell_pushed();
}

static void wait_for(sem_t *s)
{
	while (sem_wait(s) != 0)
		check(errno == EINTR, "sem_wait: error %d", errno);
}

static void pushes(void)
{
	struct held *h = mine;
	mine = NULL;
	if (h == NULL)
		return;
	sem_post(&h->stands);
	wait_for(&h->go);
	pushed = h;
}

static void take_here(struct worker *w)
{
	bool last;
	crew_pin(crew_cpu(*(unsigned *)w->arg));
	worker_phase(w, "taking the m that is about to be seen");
	check(fixture_get(&f, w, true, &last) != NULL, "no m, and the list is never empty");
}

/* From here on the m is on the other slab. At every moment it was on one of them. */
static void dance(void)
{
	unsigned from = at;
	sem_post(&held[gone].go);
	wait_for(&held[gone++].done);
	crew_run(1, take_here, &from);
	taken++;
	at = 1 - from;
}

/* A put that reads another word after its push has pushed. */
static void looks_elsewhere(const volatile void *word)
{
	(void)word;
	tell_pushed();
}

static void looks_at(const volatile void *word)
{
	const volatile struct rseq_slab *slab = word;
	if (first == NULL || slab < first)
		first = slab;
	for (unsigned i = 0; watched && i < 2; i++) {
		if (slab != first + crew_cpu(i))
			continue;
		looked[i] = barriers;
		if (dances && i == at && gone < PUTS)
			dance();
	}
}

static long barrier(long number, int cmd, unsigned flags, int cpu)
{
	if (watched && number == SYS_membarrier && cmd == MEMBARRIER_CMD_PRIVATE_EXPEDITED)
		barriers++;
	return syscall(number, cmd, flags, cpu);
}

static struct payload_m *watched_get(struct worker *w, bool with_dance)
{
	bool last = false;
	barriers = looked[0] = looked[1] = 0;
	dances = with_dance;
	watched = true;
	struct payload_m *p = fixture_get(&f, w, true, &last);
	watched = false;
	taken += p != NULL;
	return p;
}

/* Finds where the slabs begin, if this get looks at them. It does if it finds no m elsewhere. */
static void find_slabs(struct worker *w, bool there_is_one)
{
	bool last;
	first = NULL;
	check((fixture_get(&f, w, true, &last) != NULL) == there_is_one, "a list of %d", there_is_one);
	taken += there_is_one;
}

/* One m lies where both CPUs see it until the getter takes it, so that puts choose their slabs.
 * Another lies on the slab of the second CPU. */
static struct worker *set_up(struct worker *w)
{
	f = fixture_make(&STRATEGY_OF(STRATEGY), PUTS + 2);
	crew_pin(crew_cpu(at = 1));
	fixture_new(&f, w, PUTS);
	fixture_new(&f, w, PUTS + 1);
	for (unsigned i = 0; i < PUTS; i++) {
		held[i].p = &f.ms[i];
		sem_init(&held[i].stands, 0, 0);
		sem_init(&held[i].go, 0, 0);
		sem_init(&held[i].done, 0, 0);
	}
	struct worker *crew = crew_start(PUTS, push_here, NULL);
	for (unsigned i = 0; i < PUTS; i++)
		wait_for(&held[i].stands);
	crew_pin(crew_cpu(0));
	find_slabs(w, true);
	return crew;
}

/* A finished push on another CPU may still be on its way to memory. */
static void empty(void)
{
	struct worker *w = crew_watch("an empty list");
	f = fixture_make(&STRATEGY_OF(STRATEGY), 1);
	find_slabs(w, false);
	check(watched_get(w, false) == NULL, "an m out of an empty list");
	for (unsigned i = 0; i < 2; i++)
		check(looked[i] > 0, "NULL, without a look at the slab of CPU %d after a membarrier", crew_cpu(i));
	fixture_free(&f);
}

/* False: this strategy did not use slabs, so nothing was tested. */
static bool never_empty(void)
{
	struct worker *w = crew_watch("a list that is never empty");
	struct worker *crew = set_up(w);
	struct payload_m *p = watched_get(w, true);
	check(p != NULL, "NULL after %u puts between the looks, and the list was never empty", gone);
	for (unsigned i = gone; i < PUTS; i++)
		sem_post(&held[i].go);
	crew_join(crew);
	fixture_drain(&f, w, f.n - taken);
	fixture_free(&f);
	return gone >= 2;
}

int main(void)
{
	if (crew_cpus() < 2 || !rseq_usable()) {
		printf("%s\n", crew_cpus() < 2 ? "this needs two CPUs" : "no restartable sequences here");
		return SKIP;
	}
	empty();
	if (never_empty())
		return 0;
	printf("no puts onto slabs while a get looks at them\n");
	return SKIP;
}
