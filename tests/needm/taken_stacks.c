/* SPDX-License-Identifier: BSD-3-Clause */
/* The alternate signal stack of a thread whose m another one takes. The linker sends the calls of
 * mmap and munmap in impls/ through the functions below. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sched.h>
#include <sys/mman.h>

#include "sanitized.h"
#include "taken.h"

#define WRAPPED (!SANITIZED_THREAD && !SANITIZED_ADDRESS)

static _Atomic int mapped; /* stacks, now */
static _Atomic bool maps_fail;

#if WRAPPED

void *__real_mmap(void *address, size_t bytes, int protection, int flags, int fd, off_t offset);
int __real_munmap(void *address, size_t bytes);

void *__wrap_mmap(void *address, size_t bytes, int protection, int flags, int fd, off_t offset);
void *__wrap_mmap(void *address, size_t bytes, int protection, int flags, int fd, off_t offset)
{
	/* relaxed, both: numbers, read at rest. */
	if (bytes == NEEDM_GSIGNAL_STACK && atomic_load_explicit(&maps_fail, memory_order_relaxed))
		return MAP_FAILED;
	if (bytes == NEEDM_GSIGNAL_STACK)
		atomic_fetch_add_explicit(&mapped, 1, memory_order_relaxed);
	return __real_mmap(address, bytes, protection, flags, fd, offset);
}

/* The name of mmap where _FILE_OFFSET_BITS is 64. */
void *__wrap_mmap64(void *address, size_t bytes, int protection, int flags, int fd, off_t offset);
void *__wrap_mmap64(void *address, size_t bytes, int protection, int flags, int fd, off_t offset)
{
	return __wrap_mmap(address, bytes, protection, flags, fd, offset);
}

int __wrap_munmap(void *address, size_t bytes);
int __wrap_munmap(void *address, size_t bytes)
{
	if (bytes == NEEDM_GSIGNAL_STACK)
		atomic_fetch_sub_explicit(&mapped, 1, memory_order_relaxed); /* relaxed: as above */
	return __real_munmap(address, bytes);
}

#endif

static int now_mapped(void)
{
	return atomic_load_explicit(&mapped, memory_order_relaxed); /* relaxed: at rest */
}

static void fail_maps(bool fail)
{
	atomic_store_explicit(&maps_fail, fail, memory_order_relaxed); /* relaxed: threads start later */
}

static _Atomic uintptr_t frame; /* of the last handler; 0: none has run */

static void note_frame(int sig)
{
	(void)sig;
	/* release: pairs with the acquire in frame_in. */
	atomic_store_explicit(&frame, (uintptr_t)__builtin_frame_address(0), memory_order_release);
}

static uintptr_t frame_in(pthread_t thread)
{
	uintptr_t found;
	atomic_store_explicit(&frame, 0, memory_order_relaxed); /* relaxed: no handler runs */
	pthread_kill(thread, SIGUSR1);
	while ((found = atomic_load_explicit(&frame, memory_order_acquire)) == 0) /* acquire: see note_frame */
		sched_yield();
	return found;
}

/* Whether the thread's handlers run on that stack. */
static void check_stack(pthread_t thread, const stack_t *stack)
{
	if (SIGNALS_ARE_PROMPT)
		check(frame_in(thread) - (uintptr_t)stack->ss_sp < stack->ss_size, "a handler is not on its thread's signal stack");
}

static void set_handler(void (*handler)(int sig))
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = SA_ONSTACK | SA_RESTART};
	sigaction(SIGUSR1, handler == NULL ? &(struct sigaction){.sa_handler = SIG_DFL} : &action, NULL);
}

static void end(struct taken *p, bool brought)
{
	needm_thread_exit(&p->t.rt);
	check(((world_stack().ss_flags & SS_DISABLE) == 0) == brought, "the thread's end leaves it another signal stack");
	taken_end(p);
	set_handler(NULL);
	check(now_mapped() == 0, "%d signal stacks stay mapped", now_mapped());
}

static void release(struct taken *p)
{
	holder_end(&p->of_first);
	holder_end(&p->of_other);
}

static bool apart(const stack_t *a, const stack_t *b)
{
	return (char *)a->ss_sp + a->ss_size <= (char *)b->ss_sp || (char *)b->ss_sp + b->ss_size <= (char *)a->ss_sp;
}

/* The stack that came with the first m is still the thread's when another thread has that m. */
void taken_stack_of_thread(void **state)
{
	struct taken p;
	if (!taken_begin(&p, state, "the signal stack stays with the thread", NULL))
		return;
	stack_t mine = world_stack();
	set_handler(note_frame);
	assert_int_equal(mine.ss_flags & SS_DISABLE, 0);
	for (int i = 0; i < 5; i++) {
		taken_take(&p);
		assert_ptr_equal(world_stack().ss_sp, mine.ss_sp);
		check(apart(&p.of_first.stack, &mine) && apart(&p.of_other.stack, &mine), "two threads have one signal stack");
		check_stack(pthread_self(), &mine);
		check_stack(p.of_first.crew->thread, &p.of_first.stack);
		check_stack(p.of_other.crew->thread, &p.of_other.stack);
		holder_leave(&p.of_first);
		p.first = needm_enter(&p.t.rt, p.t.s);
		check_stack(p.of_first.crew->thread, &p.of_first.stack);
		check_stack(pthread_self(), &mine);
		assert_int_equal(p.first->gsignal->stack_lo, (uintptr_t)mine.ss_sp);
		needm_leave(&p.t.rt, p.t.s);
		release(&p);
		assert_ptr_equal(world_stack().ss_sp, mine.ss_sp);
	}
	end(&p, false);
}

/* To an m without one. An m with one keeps it. */
void taken_stack_returns(void **state)
{
	struct taken p;
	const char *why;
	if (!taken_begin(&p, state, "the signal stack when a thread gives its m back", NULL))
		return;
	void *came = world_stack().ss_sp;
	assert_null(p.first->gsignal_stack);
	needm_thread_exit(&p.t.rt);
	assert_ptr_equal(p.first->gsignal_stack, came);
	p.first = needm_enter(&p.t.rt, p.t.s);
	needm_leave(&p.t.rt, p.t.s);
	taken_take(&p);
	assert_true(one_new_extra_m(&p.t.rt, &why));
	struct needm_m *mp = needm_enter(&p.t.rt, p.t.s);
	void *its = mp->gsignal_stack;
	assert_non_null(its);
	needm_leave(&p.t.rt, p.t.s);
	needm_thread_exit(&p.t.rt);
	assert_ptr_equal(mp->gsignal_stack, its);
	release(&p);
	end(&p, false);
}

void taken_stack_brought(void **state)
{
	static char own[65536];
	stack_t mine = {.ss_sp = own, .ss_size = sizeof(own)};
	struct taken p;
	if (!taken_begin(&p, state, "the thread's own signal stack stays", &mine))
		return;
	set_handler(note_frame);
	for (int i = 0; i < 3; i++) {
		taken_take(&p);
		check_stack(pthread_self(), &mine);
		check_stack(p.of_first.crew->thread, &p.of_first.stack);
		holder_leave(&p.of_first);
		p.first = needm_enter(&p.t.rt, p.t.s);
		taken_check_m(&p, p.first);
		check_stack(pthread_self(), &mine);
		needm_leave(&p.t.rt, p.t.s);
		release(&p);
		assert_ptr_equal(world_stack().ss_sp, own);
	}
	end(&p, true);
}

/* The list unbinds the m within a callback, as for a handler that has an m of its own: the thread
 * keeps the stack without an m, and gives it back at its end. */
void taken_stack_unbound(void **state)
{
	struct taken p;
	if (!taken_begin(&p, state, "the signal stack of a thread whose m was unbound", NULL))
		return;
	void *mine = world_stack().ss_sp;
	for (int i = 0; i < 2; i++) {
		needm_enter(&p.t.rt, p.t.s);
		p.t.s->thread_exit(p.t.rt.list);
		needm_leave(&p.t.rt, p.t.s);
		assert_null(needm_bound);
		if (i == 1)
			break;
		p.first = needm_enter(&p.t.rt, p.t.s);
		taken_check_m(&p, p.first);
		assert_ptr_equal(world_stack().ss_sp, mine);
		needm_leave(&p.t.rt, p.t.s);
	}
	end(&p, false);
}

/* Between callbacks, and before another thread takes the m. The next callback gives it another. */
void taken_stack_disabled(void **state)
{
	struct taken p;
	if (!taken_begin(&p, state, "a signal stack that the thread has disabled", NULL))
		return;
	for (int i = 0; i < 3; i++) {
		world_no_stack();
		taken_take(&p);
		holder_leave(i % 2 == 0 ? &p.of_first : &p.of_other);
		p.first = needm_enter(&p.t.rt, p.t.s);
		assert_int_equal(world_stack().ss_flags & SS_DISABLE, 0);
		taken_check_m(&p, p.first);
		needm_leave(&p.t.rt, p.t.s);
		release(&p);
	}
	end(&p, false);
}

/* The thread keeps the stack of the first m, and there is none for the next thread. */
void taken_stack_no_memory(void **state)
{
	struct taken p;
	if (!WRAPPED || !taken_begin(&p, state, "no memory for a signal stack", NULL))
		return;
	stack_t mine = world_stack();
	set_handler(note_frame);
	for (int i = 0; i < 3; i++) {
		fail_maps(true);
		taken_take(&p);
		check(p.of_first.stack.ss_flags & SS_DISABLE, "a thread has a signal stack although there is no memory for one");
		assert_int_equal(p.of_first.mp->gsignal->stack_hi - p.of_first.mp->gsignal->stack_lo, 0);
		check(frame_in(p.of_first.crew->thread) != 0, "no handler runs");
		fail_maps(i == 1);
		holder_leave(&p.of_first);
		p.first = needm_enter(&p.t.rt, p.t.s);
		taken_check_m(&p, p.first);
		check_stack(pthread_self(), &mine);
		needm_leave(&p.t.rt, p.t.s);
		release(&p);
	}
	fail_maps(false);
	end(&p, false);
}
