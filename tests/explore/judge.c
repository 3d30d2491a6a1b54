/* SPDX-License-Identifier: BSD-3-Clause */
#include "judge.h"

#include <string.h>

#include "record.h"

#define KNOWN (1U << 16)
#define DEAD 4096

/* ms have numbers 0 .. 14. */
struct state {
	uint64_t list; /* LIFO: a digit of 16 for each m, 1 + its number, the top one lowest. Else a mask. */
	uint64_t kept; /* a mask of 16 bits for each thread */
	uint32_t done; /* mask of operations */
	uint32_t count;
};

static struct {
	unsigned properties;
	uint32_t n;
	uint32_t elsewhere;           /* mask: operations on the other list, and those without effect */
	uint32_t before[HISTORY_OPS]; /* masks: the operations that must come first */
	uint32_t nothing;             /* mask: operations without effect */
	uint32_t alone;               /* mask: everything else comes before or after it */
} now;

static uint64_t known[KNOWN]; /* hashes of histories that were good */
static uint64_t dead[DEAD];   /* hashes of states that lead nowhere, of this history */

void judge_reset(void)
{
	memset(known, 0, sizeof(known));
}

static bool has(unsigned property)
{
	return (now.properties & property) != 0;
}

static uint64_t mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * UINT64_C(0x9e3779b97f4a7c15);
	return h ^ h >> 29;
}

static void push(struct state *s, int m)
{
	s->list = has(EXTRAM_LIFO) ? s->list << 4 | ((uint64_t)m + 1) : s->list | UINT64_C(1) << m;
	s->count++;
}

static bool pop(struct state *s, int m)
{
	if (has(EXTRAM_LIFO)) {
		if ((s->list & 15) != (uint64_t)m + 1)
			return false;
		s->list >>= 4;
	} else {
		if (!(s->list & UINT64_C(1) << m))
			return false;
		s->list &= ~(UINT64_C(1) << m);
	}
	s->count--;
	return true;
}

static uint64_t kept_bit(const struct history_op *op, int m)
{
	return UINT64_C(1) << (op->thread * 16 + m);
}

static bool put_under_way(const struct state *s, uint32_t get)
{
	for (uint32_t i = 0; i < now.n; i++)
		if (history.ops[i].kind == HISTORY_PUT && !(s->done & 1U << i) && !(now.before[i] & 1U << get))
			return true;
	return false;
}

static bool last_is_right(const struct state *s, uint32_t get)
{
	bool last = history.ops[get].last, empty = s->count == 0;
	if (last == empty)
		return true;
	if (has(EXTRAM_LAST_EXACT))
		return false;
	return last || put_under_way(s, get);
}

/* Another thread asked for the m that is bound to it and did not get it: it was in use. */
static bool one_asked(uint32_t get)
{
	for (uint32_t i = 0; i < now.n; i++)
		if (now.nothing & 1U << i & ~now.before[get] && !(now.before[i] & 1U << get) &&
		    history.ops[i].thread != history.ops[get].thread)
			return true;
	return false;
}

static bool take(struct state *s, uint32_t i)
{
	const struct history_op *op = &history.ops[i];
	if (op->m == HISTORY_NONE)
		return (s->count == 0 || one_asked(i)) && op->last && !(s->kept >> op->thread * 16 & 0xffff);
	if (s->kept & kept_bit(op, op->m)) {
		s->kept &= ~kept_bit(op, op->m);
		return true;
	}
	return pop(s, op->m) && last_is_right(s, i);
}

static void unkeep(struct state *s, const struct history_op *op)
{
	for (int m = 0; m < 16; m++)
		if (s->kept & kept_bit(op, m)) {
			s->kept &= ~kept_bit(op, m);
			push(s, m);
		}
}

/* Lets operation i take effect. Way 1 is the second possible effect of a put in a strategy that
 * keeps ms. */
static bool apply(struct state *s, uint32_t i, int way)
{
	const struct history_op *op = &history.ops[i];
	s->done |= 1U << i;
	switch (op->kind) {
	case HISTORY_GET:
		return take(s, i);
	case HISTORY_PUT:
		if (way == 1)
			s->kept |= kept_bit(op, op->m);
		else
			push(s, op->m);
		return true;
	case HISTORY_LENGTH:
		return !(now.alone & 1U << i) || op->length == s->count;
	case HISTORY_EXIT:
		unkeep(s, op);
		return true;
	case HISTORY_NOTHING:
		return true;
	}
	return false;
}

static bool known_dead(const struct state *s, bool remember)
{
	uint64_t h = mix(mix(mix(0, s->list), s->kept), s->done) | 1; /* 0: an empty slot */
	uint64_t *slot = &dead[h % DEAD];
	if (remember)
		*slot = h;
	return *slot == h;
}

static bool explain(const struct state *s)
{
	if (s->done == (1U << now.n) - 1)
		return true;
	if (known_dead(s, false))
		return false;
	for (uint32_t i = 0; i < now.n; i++) {
		if (s->done & 1U << i || now.before[i] & ~s->done)
			continue;
		int ways = has(EXTRAM_KEEPS) && history.ops[i].kind == HISTORY_PUT ? 2 : 1;
		for (int way = 0; way < ways; way++) {
			struct state next = *s;
			if (apply(&next, i, way) && explain(&next))
				return true;
		}
	}
	known_dead(s, true);
	return false;
}

static uint64_t summarize(void)
{
	uint64_t h = mix(mix(now.properties, now.n), now.elsewhere);
	for (uint32_t i = 0; i < now.n; i++) {
		const struct history_op *op = &history.ops[i];
		h = mix(h, (uint64_t)op->kind | (uint64_t)op->thread << 3 | ((uint64_t)op->m + 1) << 6 | (uint64_t)op->last << 11 |
			       (uint64_t)op->length << 12 | (uint64_t)now.before[i] << 32);
		h = mix(h, now.before[i] >> 20 | now.alone << 8);
	}
	return h;
}

static void order(int list)
{
	uint32_t after[HISTORY_OPS] = {0};
	now.alone = now.elsewhere = now.nothing = 0;
	for (uint32_t i = 0; i < now.n; i++) {
		bool here = history.ops[i].list == list, nothing = history.ops[i].kind == HISTORY_NOTHING;
		now.elsewhere |= (uint32_t)(!here || nothing) << i;
		now.nothing |= (uint32_t)(here && nothing) << i;
	}
	for (uint32_t i = 0; i < now.n; i++) {
		now.before[i] = 0;
		for (uint32_t k = 0; k < now.n; k++)
			if (k != i && history_before(&history.ops[k], &history.ops[i])) {
				now.before[i] |= 1U << k;
				after[k] |= 1U << i;
			}
	}
	for (uint32_t i = 0; i < now.n; i++)
		if ((now.before[i] | after[i] | 1U << i | now.elsewhere) == (1U << now.n) - 1)
			now.alone |= 1U << i;
}

/* The history of one list with these properties, which starts with the ms of the mask, put in order
 * of their numbers. Lists are apart: a history of two is right if that of each is. */
static bool explained(unsigned properties, int list, uint32_t parked)
{
	struct state s = {0};
	now.properties = properties;
	now.n = history.n;
	order(list);
	s.done = now.elsewhere;
	uint64_t h = mix(summarize(), parked) | 1;
	uint64_t *slot = &known[h % KNOWN];
	if (*slot == h)
		return true;
	memset(dead, 0, sizeof(dead));
	for (int m = 0; m < 15; m++)
		if (parked & 1U << m)
			push(&s, m);
	if (!explain(&s))
		return false;
	*slot = h;
	return true;
}

static void check_rest(const struct judged *j, uint32_t left)
{
	uint32_t length = j->strategy->length(j->list), waiters = extram_waiters(j->list);
	if (length != left)
		sim_fail("at rest length is %u, and %u ms are parked", length, left);
	if (j->client->refilled && left == 0)
		sim_fail("the list is left empty: somebody was not told that it had to be refilled");
	if (j->taken + waiters > j->waits)
		sim_fail("%u waiters are counted, %u of them served, but only %u gets had to wait", j->taken + waiters, j->taken, j->waits);
}

/* left: the ms on the list before the get. */
static void check_drained(const struct judged *j, const struct m *mp, bool last, uint32_t left)
{
	if (mp == NULL)
		sim_fail("at rest %u ms are parked, but get returns NULL", left);
	int m = (int)((const struct world_m *)mp - j->ms);
	if (!j->parked[m] || world_owner(j->client, m) != j->number)
		sim_fail("m%d comes out of the list at rest, but nobody put it there", m);
	if (last != (left == 1) && ((j->strategy->properties & (EXTRAM_LAST_EXACT | EXTRAM_LAST_ALONE)) != 0 || left == 1))
		sim_fail("at rest last is %d with %u ms left", last, left - 1);
	if (j->ms[m].stamp != j->stamps[m])
		sim_fail("m%d has lost what its last owner wrote", m);
	j->parked[m] = false;
}

static void drain(const struct judged *j, uint32_t left)
{
	bool last = false;
	for (; left > 0; left--, last = false) {
		struct m *mp = j->strategy->get(j->list, true, &last);
		check_drained(j, mp, last, left);
	}
	if (j->strategy->get(j->list, true, &last) != NULL || !last)
		sim_fail("at rest the empty list gives an m, or says that it is not empty");
}

/* A mask. */
static uint32_t parked_at_first(const struct judged *j)
{
	uint32_t all = (1U << WORLD_MS) - 1, others = all << (WORLD_MS - j->client->other) & all;
	return j->number == 0 ? (1U << j->client->parked) - 1 : others;
}

void judge_list(const struct judged *j)
{
	uint32_t left = 0;
	if (!explained(j->strategy->properties, j->number, parked_at_first(j)))
		sim_fail("no list could have answered like this%s",
			 history.stale ? " (order by happens-before alone: old values were read)" : "");
	for (int m = 0; m < WORLD_MS; m++)
		left += j->parked[m] && world_owner(j->client, m) == j->number;
	check_rest(j, left);
	drain(j, left);
}
