/* SPDX-License-Identifier: BSD-3-Clause */
/* What needm and dropm do to a thread's signal mask and stacks, and what handlers may do around
 * them. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sched.h>
#include <string.h>

#include "needm_test.h"

/* The signals that are open in a thread with an m, as in Go's table for Linux. */
static const struct {
	int sig;
	const char *name;
	bool only_in_program;
} open_signals[] = {
    {SIGHUP, "SIGHUP", true},    {SIGINT, "SIGINT", true},    {SIGQUIT, "SIGQUIT", true}, {SIGILL, "SIGILL", false},
    {SIGTRAP, "SIGTRAP", false}, {SIGABRT, "SIGABRT", true},  {SIGBUS, "SIGBUS", false},  {SIGFPE, "SIGFPE", false},
    {SIGSEGV, "SIGSEGV", false}, {SIGTERM, "SIGTERM", true},  {16, "SIGSTKFLT", false},   {SIGCHLD, "SIGCHLD", false},
    {SIGURG, "SIGURG", false},   {SIGPROF, "SIGPROF", false}, {SIGSYS, "SIGSYS", true},   {32, "signal 32", false},
    {33, "signal 33", false},    {34, "signal 34", false},
};

static const char *open_name(int sig, enum needm_build_mode mode)
{
	for (size_t i = 0; i < sizeof(open_signals) / sizeof(open_signals[0]); i++)
		if (open_signals[i].sig == sig && (mode == NEEDM_PROGRAM || !open_signals[i].only_in_program))
			return open_signals[i].name;
	return NULL;
}

/* The thread has blocked this signal alone. */
static void check_open(struct world *t, int sig, enum needm_build_mode mode)
{
	const char *name = open_name(sig, mode);
	world_set_mask(world_bit(sig));
	needm(&t->rt, t->s);
	uint64_t inside = world_mask();
	dropm(&t->rt, t->s);
	check(inside == (name == NULL ? world_bit(sig) : 0), "signal %d (%s) in mode %d: the mask inside is %llx", sig,
	      name == NULL ? "stays blocked" : name, (int)mode, (unsigned long long)inside);
	check(world_mask() == world_bit(sig), "signal %d is not blocked again", sig);
}

void signals_named(void **state)
{
	struct world t;
	world_make(&t, state, "each signal that an m leaves open");
	uint64_t before = world_mask(), all = world_all_signals();
	assert_int_equal(t.rt.unblockable, needm_unblockable(NEEDM_LIBRARY));
	for (int mode = NEEDM_LIBRARY; mode <= NEEDM_PROGRAM; mode++) {
		t.rt.unblockable = needm_unblockable((enum needm_build_mode)mode);
		for (int sig = 1; sig <= 64; sig++)
			if (all & world_bit(sig))
				check_open(&t, sig, (enum needm_build_mode)mode);
	}
	world_set_mask(before);
	world_free(&t);
}

static uint64_t always_open(void)
{
	uint64_t open = 0;
	for (int sig = 1; sig <= 64; sig++)
		open |= open_name(sig, NEEDM_LIBRARY) == NULL ? 0 : world_bit(sig);
	return open;
}

void signals_mask(void **state)
{
	struct world t;
	world_make(&t, state, "the signal mask, inside and after");
	uint64_t before = world_mask();
	for (int i = 0; i < 200; i++) {
		uint64_t mask = (uint64_t)worker_random(t.w) << 32 | worker_random(t.w);
		mask = (i == 0 ? 0 : i == 1 ? UINT64_MAX : mask) & world_all_signals();
		world_set_mask(mask);
		struct needm_m *mp = needm(&t.rt, t.s);
		assert_int_equal(mp->sigmask, mask);
		assert_int_equal(world_mask(), mask & ~always_open());
		dropm(&t.rt, t.s);
		assert_int_equal(world_mask(), mask);
	}
	world_set_mask(before);
	world_free(&t);
}

static void set_handler(int sig, void (*handler)(int sig))
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = SA_ONSTACK | SA_RESTART};
	sigaction(sig, handler == NULL ? &(struct sigaction){.sa_handler = SIG_DFL} : &action, NULL);
}

static volatile uintptr_t handler_frame;

static void note_frame(int sig)
{
	(void)sig;
	handler_frame = (uintptr_t)__builtin_frame_address(0);
}

static bool handler_runs_in(void *stack, size_t bytes)
{
	handler_frame = 0;
	raise(SIGUSR1);
	return handler_frame - (uintptr_t)stack < bytes;
}

stack_t world_stack(void)
{
	stack_t now;
	memset(&now, 0, sizeof(now));
	sigaltstack(NULL, &now);
	return now;
}

stack_t world_no_stack(void)
{
	stack_t before = world_stack();
	sigaltstack(&(stack_t){.ss_flags = SS_DISABLE}, NULL);
	return before;
}

void signals_stack_of_m(void **state)
{
	struct world t;
	world_make(&t, state, "the m's signal stack, for a thread without one");
	stack_t before = world_no_stack();
	set_handler(SIGUSR1, note_frame);
	for (int i = 0; i < 3; i++) {
		assert_true(world_stack().ss_flags & SS_DISABLE);
		struct needm_m *mp = needm(&t.rt, t.s);
		assert_ptr_equal(world_stack().ss_sp, mp->gsignal_stack);
		assert_int_equal(world_stack().ss_size, NEEDM_GSIGNAL_STACK);
		assert_int_equal(mp->gsignal->stack_lo, (uintptr_t)mp->gsignal_stack);
		assert_int_equal(mp->gsignal->stack_hi, (uintptr_t)mp->gsignal_stack + NEEDM_GSIGNAL_STACK);
		assert_true(handler_runs_in(mp->gsignal_stack, NEEDM_GSIGNAL_STACK));
		dropm(&t.rt, t.s);
		assert_false(handler_runs_in(mp->gsignal_stack, NEEDM_GSIGNAL_STACK));
	}
	assert_true(world_stack().ss_flags & SS_DISABLE);
	set_handler(SIGUSR1, NULL);
	sigaltstack(&before, NULL);
	world_free(&t);
}

void signals_stack_of_thread(void **state)
{
	static char own[65536];
	stack_t ours = {.ss_sp = own, .ss_size = sizeof(own)}, before = world_stack();
	struct world t;
	world_make(&t, state, "the thread's signal stack, for a thread with one");
	set_handler(SIGUSR1, note_frame);
	sigaltstack(&ours, NULL);
	struct needm_m *mp = needm(&t.rt, t.s);
	assert_ptr_equal(world_stack().ss_sp, own);
	assert_int_equal(mp->gsignal->stack_lo, (uintptr_t)own);
	assert_int_equal(mp->gsignal->stack_hi, (uintptr_t)own + sizeof(own));
	assert_true(handler_runs_in(own, sizeof(own)));
	dropm(&t.rt, t.s);
	assert_ptr_equal(world_stack().ss_sp, own);
	assert_int_equal(world_stack().ss_flags & SS_DISABLE, 0);
	assert_int_equal(mp->gsignal->stack_lo, (uintptr_t)mp->gsignal_stack);
	assert_int_equal(mp->gsignal->stack_hi, (uintptr_t)mp->gsignal_stack + NEEDM_GSIGNAL_STACK);
	sigaltstack(&before, NULL);
	set_handler(SIGUSR1, NULL);
	world_free(&t);
}

/* The state of a storm. Handlers have no argument. */
struct storm {
	struct world t;
	_Atomic uint32_t in_callback, outside;
	_Atomic bool stop;
};

static struct storm *storm;

/* relaxed: numbers that are waited for. */
static void bump(_Atomic uint32_t *n)
{
	atomic_fetch_add_explicit(n, 1, memory_order_relaxed);
}

static uint32_t number(_Atomic uint32_t *n)
{
	return atomic_load_explicit(n, memory_order_relaxed);
}

/* In a thread with a g, the handler runs on the m's signal stack. Without a g, it borrows an m as
 * Go's badsignal does, and does not refill. */
static void badsignal(int sig)
{
	(void)sig;
	struct world *t = &storm->t;
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);
	if (needm_g != NULL) {
		struct g *gsignal = needm_g->m->gsignal;
		check(here >= gsignal->stack_lo && here < gsignal->stack_hi, "a handler is not on the signal stack of its thread's m");
		bump(&storm->in_callback);
		return;
	}
	struct needm_m *mp = needm(&t->rt, t->s);
	check(needm_g == mp->g0, "a handler's g is not its m's");
	dropm(&t->rt, t->s);
	bump(&storm->outside);
}

static void begin(struct storm *p, void **state, const char *test)
{
	memset((void *)p, 0, sizeof(*p));
	world_make(&p->t, state, test);
	storm = p;
	set_handler(SIGUSR1, badsignal);
	set_handler(SIGUSR2, badsignal);
}

static void end(struct storm *p)
{
	set_handler(SIGUSR1, NULL);
	set_handler(SIGUSR2, NULL);
	world_free(&p->t);
}

/* Also with a single m: the handler gives it back, and no refill is owed. */
void signals_between_callbacks(void **state)
{
	struct storm p;
	begin(&p, state, "a handler between callbacks borrows an m");
	stack_t before = world_no_stack();
	for (int i = 0; i < 100; i++) {
		raise(SIGUSR1);
		assert_int_equal(world_created(&p.t), 1);
		needm(&p.t.rt, p.t.s);
		raise(SIGUSR1);
		dropm(&p.t.rt, p.t.s);
		assert_true(world_stack().ss_flags & SS_DISABLE);
	}
	assert_int_equal(number(&p.outside), 100);
	assert_int_equal(number(&p.in_callback), 100);
	sigaltstack(&before, NULL);
	end(&p);
}

#define STORM 200 /* signals, inside callbacks and between them */

static void callbacks(struct worker *w)
{
	struct storm *p = w->arg;
	worker_phase(w, "making callbacks in a storm of signals");
	/* relaxed: seen late is early enough. */
	while (!atomic_load_explicit(&p->stop, memory_order_relaxed)) {
		struct needm_m *mp = needm(&p->t.rt, p->t.s);
		needm_refill(&p->t.rt, mp);
		check(needm_g == mp->g0, "a handler left another g");
		dropm(&p->t.rt, p->t.s);
		worker_done(w);
	}
	needm_thread_exit(&p->t.rt);
}

static uint32_t handled(struct storm *p)
{
	return number(&p->outside) + number(&p->in_callback);
}

/* Sends two kinds of signals to each thread, so that handlers are interrupted too. Then waits for
 * the handlers: a thread that never leaves handlers makes no callback. */
static void strike(struct storm *p, struct worker *crew)
{
	uint32_t before = handled(p);
	for (unsigned i = 0; i < 8; i++)
		pthread_kill(crew[i % 4].thread, i < 4 ? SIGUSR1 : SIGUSR2);
	while (handled(p) - before < 8)
		sched_yield();
}

/* Ends when enough signals arrived in both places. */
void signals_storm(void **state)
{
	if (!SIGNALS_ARE_PROMPT)
		return;
	struct storm p;
	begin(&p, state, "a storm of signals");
	struct worker *crew = crew_start(4, callbacks, &p);
	worker_phase(p.t.w, "sending signals");
	while (number(&p.outside) < STORM || number(&p.in_callback) < STORM)
		strike(&p, crew);
	atomic_store_explicit(&p.stop, true, memory_order_relaxed); /* relaxed: seen late is early enough */
	worker_phase(p.t.w, "waiting for the threads to end");
	crew_join(crew);
	end(&p);
}
