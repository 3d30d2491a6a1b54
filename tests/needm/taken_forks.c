/* SPDX-License-Identifier: BSD-3-Clause */
/* fork, while other threads have idle ms and none is inside an operation. The child makes callbacks
 * from the thread that forked and from new ones. The ms of the others are lost there. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "emulated.h"
#include "sanitized.h"
#include "taken.h"

#define STAY 3 /* threads with idle ms, which the child does not have */
#define MS (STAY + 2)
#define THREADS 4 /* of the child: more than ms */

struct forks {
	struct world t;
	struct holder stay[STAY];
	struct needm_m *mine; /* bound to the thread that forks, or in use by it; NULL: none */
	pthread_t forker;     /* that ends in the child */
};

static bool binds(const struct world *t)
{
	return (t->s->properties & EXTRAM_BOUND) != 0;
}

/* Where ms are not taken, threads that keep theirs need more. */
static struct needm_m *call(struct world *t)
{
	struct needm_m *mp = needm_enter(&t->rt, t->s);
	check(needm_g == mp->g0 && mp->g0->m == mp, "another g came back");
	if (t->s->bound == NULL)
		needm_refill(&t->rt, mp);
	needm_leave(&t->rt, t->s);
	return mp;
}

static void calls(struct worker *w)
{
	struct world *t = w->arg;
	for (int i = 0; i < 300; i++)
		call(t);
	if ((t->s->properties & (EXTRAM_BOUND | EXTRAM_KEEPS)) == EXTRAM_KEEPS)
		needm_thread_exit(&t->rt);
}

/* No thread but this one has anything. The ms of those that stay are lost, or were on the list. */
static void check_ms(const struct world *t)
{
	uint32_t n = t->s->length(t->rt.list), made = atomic_load_explicit(&t->rt.created, memory_order_relaxed); /* relaxed: alone */
	bool right = t->s->bound != NULL ? n == made - STAY : n <= made && n + STAY >= made;
	check(right, "%u ms on the list of the child, %u made, %d threads lost", n, made, STAY);
}

static void begin_child(struct forks *f)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL); /* the watchdog is the parent's */
	(void)f;
}

/* The thread that forked has its m as before. */
static void live_in_child(struct forks *f)
{
	struct world *t = &f->t;
	for (int i = 0; i < 3; i++) {
		struct needm_m *mp = call(t);
		check(i > 0 || f->mine == NULL || !binds(t) || mp == f->mine, "the thread that forked lost its m");
		crew_run(THREADS, calls, t);
	}
	needm_thread_exit(&t->rt);
	check(needm_g == NULL, "a g stays with a thread that gave its m back");
	check_ms(t);
	call(t);
	crew_run(THREADS, calls, t);
	needm_thread_exit(&t->rt);
	check_ms(t);
}

static bool begin(struct forks *f, void **state, const char *test)
{
	const char *why;
	if (SANITIZED_THREAD || emulated_by_qemu_user())
		return false; /* neither starts a thread in a forked child */
	memset((void *)f, 0, sizeof(*f));
	world_make(&f->t, state, test);
	while (world_created(&f->t) < MS)
		assert_true(one_new_extra_m(&f->t.rt, &why));
	f->mine = call(&f->t);
	for (int i = 0; i < STAY; i++) {
		holder_start(&f->stay[i], &f->t);
		holder_leave(&f->stay[i]);
	}
	return true;
}

static void join_child(pid_t child)
{
	int status;
	check(child > 0, "no child");
	check(waitpid(child, &status, 0) == child, "the child is lost");
	check(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the child ended with %x", status);
}

/* The parent goes on as if nothing had been. */
static void end(struct forks *f)
{
	call(&f->t);
	crew_run(THREADS, calls, &f->t);
	for (int i = 0; i < STAY; i++)
		holder_end(&f->stay[i]);
	needm_thread_exit(&f->t.rt);
	world_free(&f->t);
}

/* A child, and a child of the child. */
void taken_fork(void **state)
{
	struct forks f;
	if (!begin(&f, state, "fork with idle ms"))
		return;
	pid_t child = fork();
	if (child == 0) {
		begin_child(&f);
		pid_t grandchild = fork();
		if (grandchild != 0)
			join_child(grandchild);
		live_in_child(&f);
		_exit(0);
	}
	join_child(child);
	end(&f);
}

void taken_fork_unbound(void **state)
{
	struct forks f;
	if (!begin(&f, state, "fork by a thread without an m"))
		return;
	needm_thread_exit(&f.t.rt);
	f.mine = NULL;
	pid_t child = fork();
	if (child == 0) {
		begin_child(&f);
		live_in_child(&f);
		_exit(0);
	}
	join_child(child);
	end(&f);
}

/* The child's thread is in the callback, too. */
void taken_fork_inside(void **state)
{
	struct forks f;
	if (!begin(&f, state, "fork in a callback"))
		return;
	f.mine = needm_enter(&f.t.rt, f.t.s);
	pid_t child = fork();
	if (child == 0) {
		begin_child(&f);
		crew_run(THREADS, calls, &f.t);
		check(needm_g == f.mine->g0, "the callback lost its g in the child");
	} else {
		join_child(child);
	}
	needm_leave(&f.t.rt, f.t.s);
	if (child == 0) {
		live_in_child(&f);
		_exit(0);
	}
	end(&f);
}

/* It outlives the thread that forked. */
static void survive(struct worker *w)
{
	struct forks *f = w->arg;
	pthread_join(f->forker, NULL);
	check_ms(&f->t);
	crew_run(THREADS, calls, &f->t);
	calls(&(struct worker){.arg = &f->t});
	needm_thread_exit(&f->t.rt);
	check_ms(&f->t);
	_exit(0);
}

static void fork_and_end(struct worker *w)
{
	struct forks *f = w->arg;
	struct needm_m *mp = call(&f->t);
	pid_t child = fork();
	if (child != 0) {
		join_child(child);
		calls(&(struct worker){.arg = &f->t});
		return;
	}
	begin_child(f);
	f->forker = pthread_self();
	check(call(&f->t) == mp || !binds(&f->t), "the thread that forked lost its m");
	crew_run(THREADS, calls, &f->t);
	call(&f->t);
	if ((f->t.s->properties & (EXTRAM_BOUND | EXTRAM_KEEPS)) == EXTRAM_KEEPS)
		needm_thread_exit(&f->t.rt);
	crew_start(1, survive, f);
}

/* Its m, bound in the parent, goes back to the list in the child when it ends there. */
void taken_fork_ends(void **state)
{
	struct forks f;
	if (!begin(&f, state, "the thread that forked ends"))
		return;
	needm_thread_exit(&f.t.rt);
	crew_run(1, fork_and_end, &f);
	end(&f);
}
