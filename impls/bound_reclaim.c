/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Ms bound to threads, as in thread_bound.c: a callback makes no system call. But a get that finds
 * no other m may take the m of a thread that is not inside a callback.
 *
 * Family: bound.
 * Copy with: bound.h bound_fork.h bound_hand.h extram.h reserve.h rseq.h wait.h
 * Source: what golang/go issue 60004 asks for. There, 10,000 C threads had each made one callback,
 * and an m stayed bound to each.
 *
 *   record of a thread   its m, idle or in use: see bound.h
 *   reserve              all other ms: see reserve.h
 *
 * get takes its thread's own m, otherwise one of the reserve, otherwise an idle thread's. A get
 * that drains the reserve refills it with ms that were not used since the hand of the clock last
 * passed. So does, from time to time, a thread that keeps finding the reserve not open.
 *
 * last is true if the reserve is not open after the get. So it may be true while idle threads have
 * ms. length counts those; spare does not. An empty list is always reported. Say one get takes a
 * bound m, and another takes the last m of the reserve. The second says true. The first either
 * finds the reserve not open, or its m is not in the length that the second asks for. bound.h has
 * the fence for that.
 *
 * A sleeper has found the reserve empty and every bound m in use, after it set wanted and ran a
 * fence. A thread that puts its m later therefore brings it to the reserve.
 *
 * Callbacks take the bound m by own_get and give it by own_put, without a system call and with
 * signals open: see struct extram_bound. The hard cases:
 *
 *   handler in own_get, own_put   anywhere, also during a claim: see bound.h
 *   own_put finds wanted          it gives the m up, signals blocked, unless a handler did before
 *   thread ends                   the destructor unbinds; later ones use the reserve: leaving
 *   fork                          see bound_fork.h. An idle m of another thread is lost there
 *   reclaimed m                   thread and handlers find out by own_get. Between callbacks they
 *                                 use nothing of it: the signal stack is the thread's (needm.c)
 */
#include <pthread.h>
#include <signal.h>

#include "bound_fork.h"
#include "bound_hand.h"
#include "extram.h"
#include "reserve.h"
#include "wait.h"

#define CLOSED_GETS 64 /* how often a thread finds the reserve not open before it refills it */

struct list {
	struct extram_list base; /* with the next three: read-mostly, except for the queue */
	uint64_t id;
	pthread_key_t key; /* its value: the list, in a thread that is or was bound */
	struct bound_threads threads;
	struct reserve reserve;
};

static _Atomic uint64_t ids;

static void lock(struct list *l)
{
	reserve_lock(&l->reserve);
	bound_after_fork(&l->threads, l->id);
}

/* Unbinds the calling thread's m. An idle m goes to the reserve. An m in use goes there when it is
 * put. id: 0, or the list's: then it looks as if another thread had taken the m. */
static __attribute__((noinline)) void unbind(struct list *l, struct bound_record *r, uint64_t id)
{
	lock(l);
	struct m *mp = bound_m(r) == NULL ? NULL : bound_detach(&l->threads, r);
	if (mp != NULL && !bound_own_busy(r))
		reserve_push(&l->reserve, mp);
	bound_set_claim(&l->threads, r, BOUND_ASKED);
	bound_unget(r);
	bound_set_list(r, id);
	reserve_unlock_and_wake(&l->reserve);
}

static void thread_exit(struct extram_list *list)
{
	struct list *l = (struct list *)list;
	struct bound_record *r = EXTRAM_OWN(own);
	if (bound_list(r) == l->id)
		unbind(l, r, 0);
}

/* With signals blocked, as around every other put. id: see unbind. */
static __attribute__((noinline)) void give_up(struct list *l, uint64_t id)
{
	struct bound_record *r = EXTRAM_OWN(own);
	sigset_t all, mask;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &mask);
	if (bound_list(r) == l->id)
		unbind(l, r, id);
	pthread_sigmask(SIG_SETMASK, &mask, NULL);
}

/* Destructors that run later may make callbacks, and bind no m. */
static void end_of_thread(void *list)
{
	EXTRAM_OWN(own)->leaving = true;
	if (bound_list(EXTRAM_OWN(own)) == ((struct list *)list)->id)
		give_up(list, 0);
}

static bool init(struct extram_list *list, const char **why)
{
	struct list *l = (struct list *)list;
	extram_init(&l->base);
	/* relaxed: each list only needs a number of its own. */
	l->id = 1 + atomic_fetch_add_explicit(&ids, 1, memory_order_relaxed);
	bound_init(&l->threads, forks.count);
	*why = "pthread_atfork failed: no memory";
	if (!bound_watch_forks())
		return false;
	*why = "pthread_key_create failed: too many keys";
	if (pthread_key_create(&l->key, end_of_thread) != 0)
		return false;
	*why = "pthread_mutex_init failed";
	if (reserve_init(&l->reserve))
		return true;
	pthread_key_delete(l->key);
	return false;
}

/* Once the key is deleted, no destructor runs. Other threads' records keep an id that is never used
 * again. */
static void fini(struct extram_list *list)
{
	struct list *l = (struct list *)list;
	struct bound_record *r = EXTRAM_OWN(own);
	pthread_key_delete(l->key);
	reserve_fini(&l->reserve);
	if (bound_list(r) != l->id)
		return;
	bound_unget(r);
	bound_set_list(r, 0);
}

/* Caller holds the lock. Sets the key in a signal handler too: glibc allocates nothing for it if
 * there are fewer than 32 keys. */
static void bind(struct list *l, struct m *mp)
{
	struct bound_record *r = EXTRAM_OWN(own);
	if (bound_is_free(r, l->id) && !r->leaving && pthread_setspecific(l->key, l) == 0)
		bound_attach(&l->threads, r, l->id, mp);
}

/* claimed: the thread found its record claimed. Once it holds the lock, the claim is settled. */
static __attribute__((noinline)) struct m *get_shared(struct list *l, bool claimed, bool nilokay, bool *last)
{
	struct bound_record *r = EXTRAM_OWN(own);
	bool counted = false;
	lock(l);
	struct m *mp = claimed ? bound_m(r) : NULL;
	if (claimed && mp == NULL)
		bound_unget(r);
	while (mp == NULL && (mp = bound_take(&l->threads, &l->reserve)) == NULL && !(nilokay && bound_none_idle(&l->threads)))
		if (!nilokay)
			bound_wait(&l->threads, &l->reserve, &l->base, &counted);
	if (l->reserve.sleepers == 0 && bound_is_wanted(&l->threads))
		bound_set_wanted(&l->threads, 0);
	if (mp != NULL)
		bind(l, mp);
	*last = l->reserve.head == NULL; /* true even if idle threads have ms */
	reserve_unlock(&l->reserve);
	return mp;
}

static __attribute__((noinline)) void fill_reserve(struct list *l)
{
	lock(l);
	if (l->reserve.head == NULL)
		bound_reclaim(&l->threads, &l->reserve, false);
	reserve_unlock(&l->reserve);
}

EXTRAM_INLINE struct m *get(struct extram_list *list, bool nilokay, bool *last)
{
	struct list *l = (struct list *)list;
	struct bound_record *r = EXTRAM_OWN(own);
	if (extram_unlikely(bound_list(r) != l->id || bound_own_busy(r))) /* not bound to this list, or in use */
		return get_shared(l, false, nilokay, last);
	if (extram_unlikely(!bound_get(r)))
		return get_shared(l, true, nilokay, last);
	*last = !reserve_is_open(&l->reserve);
	if (extram_unlikely(*last) && ++r->closed % CLOSED_GETS == 0)
		fill_reserve(l);
	return bound_m(r);
}

EXTRAM_INLINE void put(struct extram_list *list, struct m *mp)
{
	struct list *l = (struct list *)list;
	struct bound_record *r = EXTRAM_OWN(own);
	if (extram_unlikely(bound_list(r) != l->id || bound_m(r) != mp))
		reserve_put(&l->reserve, mp);
	else if (bound_put(&l->threads, r))
		unbind(l, r, l->id);
}

/* The signal fence keeps the caller's next store after the load of claim. (seq_cst: the order makes
 * no difference to a barrier of the compiler.) */
EXTRAM_INLINE struct m *own_get(struct extram_list *list, bool *last)
{
	struct list *l = (struct list *)list;
	struct bound_record *r = EXTRAM_OWN(own);
	if (extram_unlikely(bound_list(r) != l->id || bound_own_busy(r)))
		return NULL;
	if (extram_unlikely(!bound_get(r))) {
		bound_unget(r);
		return NULL;
	}
	atomic_signal_fence(memory_order_seq_cst);
	*last = !reserve_is_open(&l->reserve);
	return bound_m(r);
}

EXTRAM_INLINE bool own_put(struct extram_list *list, struct m *mp)
{
	struct list *l = (struct list *)list;
	struct bound_record *r = EXTRAM_OWN(own);
	if (extram_unlikely(bound_list(r) != l->id || bound_m(r) != mp))
		return false;
	if (bound_put(&l->threads, r))
		give_up(l, l->id);
	return true;
}

/* Once this thread holds the lock, no claim on its m is open. Every later one finds busy. */
static struct m *own_in_use(struct extram_list *list)
{
	struct list *l = (struct list *)list;
	struct bound_record *r = EXTRAM_OWN(own);
	lock(l);
	struct m *mp = bound_list(r) == l->id && bound_own_busy(r) ? bound_m(r) : NULL;
	reserve_unlock(&l->reserve);
	return mp;
}

static uint32_t spare(struct extram_list *list)
{
	return reserve_length(&((struct list *)list)->reserve);
}

static const struct extram_bound own_m = {own_get, own_put, own_in_use, spare};

/* Takes the lock, so a signal handler that interrupted a length, get or put must not call it. */
static uint32_t length(struct extram_list *list)
{
	struct list *l = (struct list *)list;
	lock(l);
	uint32_t n = reserve_length(&l->reserve);
	if (n == 0)
		bound_heavy_fence(&l->threads); /* pairs with bound_get and the read of the reserve after it */
	n += bound_idle(&l->threads);
	reserve_unlock(&l->reserve);
	return n;
}

static const char *variant(struct extram_list *list)
{
	return ((struct list *)list)->threads.fenced == 0 ? "membarrier" : "fences";
}

const struct extram_strategy extram_bound_reclaim = {
    .name = "bound_reclaim",
    .summary = "an m stays bound to its thread, but idle threads' ms are taken back when there is no other",
    .properties = EXTRAM_BOUND | EXTRAM_BOUND_SERVES_SIGNALS,
    .list_size = sizeof(struct list),
    .init = init,
    .fini = fini,
    .admit = extram_admit_any,
    .get = get,
    .put = put,
    .length = length,
    .thread_exit = thread_exit,
    .bound = &own_m,
    .variant = variant,
    .best_variant = "membarrier",
    .waiting = "futex",
};
