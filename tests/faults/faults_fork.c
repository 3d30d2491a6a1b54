/* SPDX-License-Identifier: BSD-3-Clause */
/* fork while other threads are inside the list, and while none is. extram.h says what the child may
 * do then. */
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "faults.h"

#define AT_REST 6   /* ms of the list, which no thread uses meanwhile */
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
			sched_yield(); /* lets the forking thread run */
	}
	t->f.s->thread_exit(t->f.list);
}

/* 100 for 2000 threads. */
static int forks(void)
{
	return (int)(faults_threads + 19) / 20;
}

/* ms that were in use when the parent forked never come back, so a get may find none. */
static void use_list(struct parent *t)
{
	bool last;
	for (int i = 0; i < 100; i++) {
		struct m *mp = t->f.s->get(t->f.list, true, &last);
		t->f.s->length(t->f.list);
		if (mp != NULL)
			t->f.s->put(t->f.list, mp);
	}
}

/* False where a checker's operation replaces the CPU's: it takes a lock of the checker's own, which
 * the child may find locked. */
static bool may_use_list(struct parent *t)
{
	const struct extram_strategy *s = t->f.s;
	return (s->properties & EXTRAM_LOCK_FREE) != 0 && strcmp(s->variant(t->f.list), "tsan") != 0;
}

_Noreturn static void child(struct parent *t, int number)
{
	static char name[] = "true";
	alarm(PATIENCE);
	if (may_use_list(t))
		use_list(t);
	if (number % 4 == 0)
		execv("/bin/true", (char *[]){name, NULL});
	_exit(0);
}

static int wait_for(pid_t pid, int number)
{
	int status = 0;
	check(pid >= 0, "fork fails");
	check(waitpid(pid, &status, 0) == pid, "a child is lost");
	check(!WIFSIGNALED(status) || WTERMSIG(status) != SIGALRM, "child %d hangs", number);
	return status;
}

static void fork_one(struct parent *t, struct worker *w, int number)
{
	pid_t pid = fork();
	if (pid == 0)
		child(t, number);
	int status = wait_for(pid, number);
	check(WIFEXITED(status) && (WEXITSTATUS(status) == 0 || number % 4 == 0), "child %d ends with status %x", number, (unsigned)status);
	worker_done(w);
}

/* Reports whether each thread has made some pairs. */
static bool all_work(const struct worker *crew)
{
	/* relaxed: a number that is waited for. */
	for (unsigned i = 0; i < crew->of; i++)
		if (atomic_load_explicit(&crew[i].operations, memory_order_relaxed) < 20)
			return false;
	return true;
}

void faults_fork(void **state)
{
	struct worker *w = crew_watch("fork while the list is in use");
	struct parent t = {.f = fixture_make(*state, 4)};
	fixture_fill(&t.f, w);
	struct worker *crew = crew_start(4, pairs, &t);
	worker_phase(w, "forking");
	for (int i = 0; i < forks() || !all_work(crew); i++)
		fork_one(&t, w, i);
	/* relaxed: seen late is early enough. */
	atomic_store_explicit(&t.stop, true, memory_order_relaxed);
	crew_join(crew);
	fixture_drain(&t.f, w, 4);
	fixture_free(&t.f);
}

/* Takes all ms and gives them back, for some rounds. At the end all of them must be there. */
_Noreturn static void child_at_rest(struct fixture *f, struct worker *w)
{
	alarm(PATIENCE);
	for (int round = 0; round < 100; round++) {
		struct payload_m *p[AT_REST];
		bool last;
		for (int i = 0; i < AT_REST; i++)
			check((p[i] = fixture_get(f, w, true, &last)) != NULL, "a child finds %d ms of %d", i, AT_REST);
		for (int i = 0; i < AT_REST; i++)
			fixture_put(f, w, p[i]);
	}
	fixture_drain(f, w, AT_REST);
	_exit(0);
}

static void some_pairs(struct worker *w)
{
	struct fixture *f = w->arg;
	bool last;
	for (int i = 0; i < 100; i++) {
		struct payload_m *p = fixture_get(f, w, false, &last);
		crew_pin(crew_cpu(worker_random(w)));
		fixture_put(f, w, p);
	}
	f->s->thread_exit(f->list);
}

/* Other threads have used the list, on all CPUs, and have ended. */
void faults_fork_at_rest(void **state)
{
	struct worker *w = crew_watch("fork while nobody is inside");
	struct fixture f = fixture_make(*state, AT_REST);
	fixture_fill(&f, w);
	for (int i = 0; i < (forks() + 4) / 5; i++) {
		crew_run(4, some_pairs, &f);
		pid_t pid = fork();
		if (pid == 0)
			child_at_rest(&f, w);
		int status = wait_for(pid, i);
		check(WIFEXITED(status) && WEXITSTATUS(status) == 0, "child %d ends with status %x", i, (unsigned)status);
		worker_done(w);
	}
	fixture_drain(&f, w, AT_REST);
	fixture_free(&f);
}
