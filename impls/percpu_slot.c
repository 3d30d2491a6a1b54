/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A slot for one m per CPU, over a shared reserve.
 *
 * Family: caches and shards.
 * Copy with: cpu_numbers.h extram.h reserve.h rseq.h slots.h wait.h
 * Source: the per-CPU magazines of Bonwick and Adams (USENIX 2001), of one round. The CPU number is
 * a hint. So this needs no membarrier and no restart, and pays two locked instructions a pair.
 *
 *   slots     one per CPU: see slots.h, which has the algorithm and the argument for last
 *   reserve   the ms that the slots cannot hold: see reserve.h
 */
#include <sched.h>

#include "cpu_numbers.h"
#include "extram.h"
#include "rseq.h"
#include "slots.h"

static bool init(struct extram_list *list, const char **why)
{
	return slots_init((struct slots *)list, why);
}

static void fini(struct extram_list *list)
{
	slots_fini((struct slots *)list);
}

EXTRAM_INLINE struct m *get(struct extram_list *list, bool nilokay, bool *last)
{
	return slots_get((struct slots *)list, nilokay, last);
}

EXTRAM_INLINE void put(struct extram_list *list, struct m *mp)
{
	slots_put((struct slots *)list, mp);
}

static uint32_t length(struct extram_list *list)
{
	return slots_length((struct slots *)list);
}

static const char *variant(struct extram_list *list)
{
	bool shared = EXTRAM_CPUS_ALLOWED() > ((struct slots *)list)->cpus;
	if (rseq_cpu() >= 0)
		return shared ? "rseq+shared" : "rseq";
	if (sched_getcpu() < 0)
		return "no-cpu"; /* every CPU uses slot 0 */
	return shared ? "getcpu+shared" : "getcpu";
}

const struct extram_strategy extram_percpu_slot = {
    .name = "percpu_slot",
    .summary = "a slot for one m per CPU, by atomic exchange, over a shared reserve; steals without membarrier",
    .properties = 0,
    .list_size = sizeof(struct slots),
    .init = init,
    .fini = fini,
    .admit = extram_admit_any,
    .get = get,
    .put = put,
    .length = length,
    .thread_exit = extram_no_thread_exit,
    .variant = variant,
    .best_variant = "rseq",
    .waiting = "futex",
};
