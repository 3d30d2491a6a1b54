/* SPDX-License-Identifier: BSD-3-Clause */
#include "crooked.h"

#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "wait.h"

#define ROOM 512

struct list {
	struct extram_list base;
	pthread_mutex_t lock;
	struct m *parked[ROOM]; /* a stack */
	uint32_t count, hidden; /* hidden: missing from length */
	bool done;              /* it was crooked once */
};

enum crooked crooked_does;

static bool init(struct extram_list *list, const char **why)
{
	struct list *l = (struct list *)list;
	(void)why;
	*l = (struct list){.lock = PTHREAD_MUTEX_INITIALIZER};
	extram_init(&l->base);
	return true;
}

static struct m *take(struct list *l, bool *last)
{
	pthread_mutex_lock(&l->lock);
	struct m *mp = l->count > 0 ? l->parked[--l->count] : NULL;
	*last = l->count == 0;
	pthread_mutex_unlock(&l->lock);
	return mp;
}

EXTRAM_INLINE struct m *get(struct extram_list *list, bool nilokay, bool *last)
{
	struct extram_waiter w = {0};
	struct m *mp;
	while ((mp = take((struct list *)list, last)) == NULL && !nilokay)
		extram_wait(list, &w);
	extram_waited(list, &w);
	return mp;
}

EXTRAM_INLINE void put(struct extram_list *list, struct m *mp)
{
	struct list *l = (struct list *)list;
	pthread_mutex_lock(&l->lock);
	if (l->count < ROOM)
		l->parked[l->count++] = mp;
	pthread_mutex_unlock(&l->lock);
	extram_wake(list);
}

static uint32_t length(struct extram_list *list)
{
	struct list *l = (struct list *)list;
	pthread_mutex_lock(&l->lock);
	uint32_t n = l->count - l->hidden;
	pthread_mutex_unlock(&l->lock);
	return n;
}

/* The caller holds the lock. */
static void go_wrong(struct list *l, enum crooked what)
{
	switch (what) {
	case CROOKED_LOSES:
		l->parked[0] = l->parked[--l->count];
		break;
	case CROOKED_TWICE:
		l->parked[0] = l->parked[1];
		break;
	case CROOKED_ONE_MORE:
		l->parked[l->count] = l->parked[0];
		l->count++;
		break;
	case CROOKED_MISCOUNTS:
		l->hidden = 1;
		break;
	case CROOKED_NEVER:
		break;
	}
	l->done = true;
}

void crooked_do(struct extram_list *list, enum crooked what)
{
	struct list *l = (struct list *)list;
	pthread_mutex_lock(&l->lock);
	if (l->count >= 2 && !l->done)
		go_wrong(l, what);
	pthread_mutex_unlock(&l->lock);
}

/* The first thread only makes and checks lists. */
static void thread_exit(struct extram_list *list)
{
	if (syscall(SYS_gettid) != getpid())
		crooked_do(list, crooked_does);
}

const struct extram_strategy extram_crooked = {
    .name = "crooked",
    .summary = "an array under a lock, for tests",
    .properties = EXTRAM_LIFO | EXTRAM_LAST_EXACT,
    .list_size = sizeof(struct list),
    .init = init,
    .fini = extram_no_fini,
    .admit = extram_admit_any,
    .get = get,
    .put = put,
    .length = length,
    .thread_exit = thread_exit,
    .variant = extram_no_variant,
    .waiting = EXTRAM_WAITING,
};
