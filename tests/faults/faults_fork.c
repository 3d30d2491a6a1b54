/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * fork, while other threads are inside the list. In the child there is only the thread that forked. The list's lock may be held by one
 * that is not there, so what the child may do is what POSIX allows it: async-signal-safe functions, exec, _exit. Neither needm nor a
 * get or put belong to that, unless the strategy is lock-free: then get and put, as nobody in the child can hold them up, come to an end.
 */
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../harness.h"
#include "faults.h"

#define FORKS 200
#define PATIENCE 30 /* s; a child that hangs is ended by its alarm */

struct parent {
	struct fixture f;
	_Atomic bool stop;
};

static void pairs(struct worker *w)
{
	struct parent *t = w->arg;
	bool last;
	worker_phase(w, "getting and putting while others fork");
	/* relaxed: seen late is early enough. */
	while (!atomic_load_explicit(&t->stop, memory_order_relaxed)) {
		struct payload_m *p = fixture_get(&t->f, w, true, &last);
		if (p != NULL)
			fixture_put(&t->f, w, p);
		if (worker_random(w) % 64 == 0)
			sched_yield(); /* for the one that forks */
	}
	t->f.s->thread_exit(t->f.list);
}

/* Ms that were out when the parent forked are out for ever: a get may find none. */
static void use_list(struct parent *t)
{
	bool last;
	for (int i = 0; i < 100; i++) {
		struct m *mp = t->f.s->get(t->f.list, true, &last);
		if (mp != NULL)
			t->f.s->put(t->f.list, mp);
	}
}

_Noreturn static void child(struct parent *t, int number)
{
	static char name[] = "true";
	alarm(PATIENCE);
	if (t->f.s->properties & EXTRAM_LOCK_FREE)
		use_list(t);
	if (number % 4 == 0)
		execv("/bin/true", (char *[]){name, NULL});
	_exit(0);
}

static void fork_one(struct parent *t, struct worker *w, int number)
{
	int status = 0;
	pid_t pid = fork();
	check(pid >= 0, "fork fails");
	if (pid == 0)
		child(t, number);
	check(waitpid(pid, &status, 0) == pid, "a child is lost");
	check(!WIFSIGNALED(status) || WTERMSIG(status) != SIGALRM, "child %d hangs", number);
	check(WIFEXITED(status) && (WEXITSTATUS(status) == 0 || number % 4 == 0), "child %d ends with status %x", number, (unsigned)status);
	worker_done(w);
}

void faults_fork(void **state)
{
	struct worker *w = crew_watch("fork while the list is in use");
	struct parent t = {.f = fixture_make(*state, 4)};
	fixture_fill(&t.f, w);
	struct worker *crew = crew_start(4, pairs, &t);
	worker_phase(w, "forking");
	for (int i = 0; i < FORKS; i++)
		fork_one(&t, w, i);
	/* relaxed: seen late is early enough. */
	atomic_store_explicit(&t.stop, true, memory_order_relaxed);
	crew_join(crew);
	fixture_drain(&t.f, w, 4);
	fixture_free(&t.f);
}
