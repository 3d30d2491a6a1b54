/* SPDX-License-Identifier: BSD-3-Clause */
/* bench/loops.c includes this file in place of a strategy. */
#include "recording.h"

#include "clock.h"
#include "spin.h"
#include "wait.h"

#define ROOM 8

struct list {
	struct extram_list base;
	struct m *parked[ROOM];
	uint32_t count;
};

static bool init(struct extram_list *list, const char **why)
{
	(void)why;
	((struct list *)list)->count = 0;
	extram_init(list);
	return true;
}

EXTRAM_INLINE struct m *get(struct extram_list *list, bool nilokay, bool *last)
{
	struct list *l = (struct list *)list;
	(void)nilokay;
	recording_add(RECORDING_GET, 0, RECORDING_GET_TAKES);
	*last = l->count <= 1;
	return l->count > 0 ? l->parked[--l->count] : NULL;
}

EXTRAM_INLINE void put(struct extram_list *list, struct m *mp)
{
	struct list *l = (struct list *)list;
	recording_add(RECORDING_PUT, 0, RECORDING_PUT_TAKES);
	l->parked[l->count++] = mp;
}

static uint32_t length(struct extram_list *list)
{
	return ((struct list *)list)->count;
}

const struct extram_strategy extram_recording = {
    .name = "recording",
    .summary = "records what the loops do, for tests",
    .properties = EXTRAM_LIFO | EXTRAM_LAST_EXACT,
    .list_size = sizeof(struct list),
    .init = init,
    .fini = extram_no_fini,
    .admit = extram_admit_any,
    .get = get,
    .put = put,
    .length = length,
    .thread_exit = extram_no_thread_exit,
    .variant = extram_no_variant,
    .waiting = EXTRAM_WAITING,
};

static inline uint64_t read_clock(enum recording_what what)
{
	recording_add(what, 0, 0);
	return recording.now;
}

static inline void spin_for_mean(uint64_t *random, uint32_t mean)
{
	(void)random;
	recording_add(RECORDING_SPIN, mean, mean);
}

/* For the loops below, in place of the real ones. */
#define clock_begin() read_clock(RECORDING_BEGIN)
#define clock_end() read_clock(RECORDING_END)
#define spin_random spin_for_mean
#define spin_rounds(rounds) recording_add(RECORDING_PLANT, rounds, rounds)
