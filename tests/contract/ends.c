/* SPDX-License-Identifier: BSD-3-Clause */
/* The ends of threads and of lists. */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "contract.h"
#include "destructors.h"
#include "emulated.h"
#include "harness.h"

#define MS 4

struct ends {
	struct fixture f;
	struct worker *w;
	struct crew_gate gate;
	struct destructors late;
	uint64_t mask; /* of the threads while they live */
};

/* The kernel's 64 bits. */
static uint64_t mask_now(void)
{
	uint64_t mask = 0;
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, NULL, &mask, sizeof(mask));
	return mask;
}

static void begin(struct ends *t, void **state, const char *test)
{
	memset((void *)t, 0, sizeof(*t));
	t->w = crew_watch(test);
	destructors_begin(&t->late);
	t->f = fixture_make(*state, MS);
	fixture_fill(&t->f, t->w);
	t->mask = mask_now();
}

static void finish(struct ends *t)
{
	fixture_drain(&t->f, t->w, MS);
	fixture_free(&t->f);
}

static bool has(const struct ends *t, unsigned property)
{
	return (t->f.s->properties & property) != 0;
}

/* Others cannot get what a thread keeps. This one keeps nothing when it ends. */
static void take_all(struct worker *w)
{
	struct ends *t = w->arg;
	struct payload_m *p[MS];
	bool last;
	worker_phase(w, "taking all ms");
	for (unsigned i = 0; i < MS; i++) {
		p[i] = fixture_get(&t->f, w, true, &last);
		check(p[i] != NULL, "%u ms of %d: a thread that has left keeps the others", i, MS);
	}
	for (unsigned i = 0; i < MS; i++)
		fixture_put(&t->f, w, p[i]);
	t->f.s->thread_exit(t->f.list);
}

static void leave_with(struct ends *t, unsigned out)
{
	struct payload_m *p[MS];
	bool last;
	fixture_put(&t->f, t->w, fixture_get(&t->f, t->w, true, &last));
	for (unsigned i = 0; i < out; i++)
		p[i] = fixture_get(&t->f, t->w, true, &last);
	t->f.s->thread_exit(t->f.list);
	for (unsigned i = 0; i < out; i++)
		fixture_put(&t->f, t->w, p[i]);
	check(fixture_length_is(&t->f, MS), "length is %u, with %d ms put after thread_exit", t->f.s->length(t->f.list), MS);
	crew_run(1, take_all, t);
}

/* The thread stays, so nothing at its end brings back what it keeps. */
void contract_exit_with_m_out(void **state)
{
	struct ends t;
	begin(&t, state, "thread_exit with ms out");
	for (int i = 0; i < 5; i++)
		for (unsigned out = 1; out <= MS; out++)
			leave_with(&t, out);
	pthread_key_delete(t.late.key[DESTRUCTORS_EARLY]);
	finish(&t);
}

static void pair(struct worker *w)
{
	struct ends *t = w->arg;
	bool last;
	check(mask_now() == t->mask, "the end of the thread left another signal mask");
	fixture_put(&t->f, w, fixture_get(&t->f, w, false, &last));
	if (has(t, EXTRAM_KEEPS) && !has(t, EXTRAM_BOUND))
		t->f.s->thread_exit(t->f.list);
}

static void all_came_back(void *arg)
{
	struct ends *t = arg;
	uint32_t n = t->f.s->length(t->f.list);
	check(fixture_length_is(&t->f, MS), "length is %u, with %d ms made. Calls in rounds %x of keys %x, before: %d", n, MS,
	      t->late.rounds, t->late.keys, t->late.before);
}

void contract_destructors(void **state)
{
	struct ends t;
	begin(&t, state, "destructors that call after the thread has left");
	t.late.call = pair;
	t.late.arg = &t;
	destructors_all(&t.late, all_came_back);
	finish(&t);
}

#define HANDLED 42

static void on_fault(int sig)
{
	(void)sig;
	_exit(HANDLED);
}

/* The thread's end touches the m that it keeps, and that faults. */
static void end_with_fault(struct worker *w)
{
	struct ends *t = w->arg;
	bool last;
	struct m *mp = t->f.s->get(t->f.list, false, &last);
	t->f.s->put(t->f.list, mp);
	mprotect(mp, (size_t)sysconf(_SC_PAGESIZE), PROT_NONE);
}

static void in_child(const struct extram_strategy *s)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct ends t = {
	    .f = {.s = s, .list = aligned_alloc(EXTRAM_APART, (s->list_size + EXTRAM_APART - 1) / EXTRAM_APART * EXTRAM_APART)}};
	char *ms = mmap(NULL, MS * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	const char *why = "no memory";
	check(t.f.list != NULL && ms != MAP_FAILED && s->init(t.f.list, &why), "%s", why);
	for (size_t i = 0; i < MS; i++) {
		check(s->admit(t.f.list, (struct m *)(ms + i * page), &why), "admit: %s", why);
		s->put(t.f.list, (struct m *)(ms + i * page));
	}
	s->thread_exit(t.f.list);
	signal(SIGSEGV, on_fault);
	setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
	crew_run(1, end_with_fault, &t);
	_exit(0);
}

/*
 * A handler that interrupts the put at a thread's end may wait for the lock that its own thread
 * has. A fault shows whether one can: while the signal is blocked, the kernel ends the process and
 * runs no handler.
 */
void contract_end_blocks_signals(void **state)
{
	const struct extram_strategy *s = *state;
	int status;
	crew_watch("signals are blocked when a thread's end puts");
	if (SANITIZED_THREAD || emulated_by_qemu_user())
		return; /* neither starts a thread in a forked child */
	pid_t child = fork();
	check(child >= 0, "no child");
	if (child == 0)
		in_child(s);
	check(waitpid(child, &status, 0) == child, "the child is lost");
	check(!WIFEXITED(status) || WEXITSTATUS(status) != HANDLED, "a handler ran inside the put at a thread's end");
	bool put_faults = (s->properties & EXTRAM_BOUND) != 0;
	check(WIFSIGNALED(status) ? WTERMSIG(status) == SIGSEGV : WEXITSTATUS(status) == 0 && !put_faults, "the child ended with %x",
	      status);
}

/* All threads together have all ms, so an m that two lists gave out shows. */
static void outlive(struct worker *w)
{
	struct ends *t = w->arg;
	for (int i = 0; i < 5; i++) {
		struct payload_m *p[MS / 2];
		bool last;
		worker_phase(w, "using one list after another");
		crew_meet(&t->gate, 3);
		for (unsigned n = 0; n < MS / 2; n++)
			p[n] = fixture_get(&t->f, w, false, &last);
		crew_meet(&t->gate, 3);
		for (unsigned n = 0; n < MS / 2; n++)
			fixture_put(&t->f, w, p[n]);
		if (has(t, EXTRAM_FLOOR))
			t->f.s->thread_exit(t->f.list);
		crew_meet(&t->gate, 3);
	}
	crew_meet(&t->gate, 3); /* a thread's end uses the list, and may not meet its end */
}

/* A list ends while threads keep ms of it. The next one is in the same memory. */
void contract_threads_outlive(void **state)
{
	struct ends t;
	begin(&t, state, "threads that outlive their list");
	pthread_key_delete(t.late.key[DESTRUCTORS_EARLY]);
	struct worker *crew = crew_start(2, outlive, &t);
	for (int i = 0; i < 5; i++) {
		worker_phase(t.w, "waiting for the threads to use the list");
		for (int meeting = 0; meeting < 3; meeting++)
			crew_meet(&t.gate, 3);
		fixture_again(&t.f);
		fixture_fill(&t.f, t.w);
	}
	crew_meet(&t.gate, 3);
	crew_join(crew);
	check(fixture_length_is(&t.f, MS), "length is %u, with %d ms made: the end of a thread reached another list",
	      t.f.s->length(t.f.list), MS);
	finish(&t);
}
