/* SPDX-License-Identifier: BSD-3-Clause */
/* Signal handlers, which run on the thread that they interrupt, and the mask of blocked signals. */
#include <errno.h>
#include <stdarg.h>

#include "hooks.h"
#include "machine.h"

#define BIT(sig) (UINT64_C(1) << ((sig)-1))

static uint64_t main_mask; /* of the program outside sim_run */

void sim_on_signal(void (*handler)(void))
{
	sim_self->handler = handler;
}

static void handle(struct sim_thread *t)
{
	uint64_t mask = t->sigmask;
	t->sigmask = UINT64_MAX;
	driver_event(SIM_HANDLER, NULL);
	t->handler();
	driver_event(SIM_HANDLER_ENDS, NULL);
	t->sigmask = mask;
}

void signals_arrive(void)
{
	struct sim_thread *t = sim_self;
	while (t != NULL && t->handler != NULL && (t->sigmask & BIT(SIM_SIGNAL_NUMBER)) == 0 && driver_signal())
		handle(t);
}

static int change(int how, const uint64_t *set, uint64_t *old)
{
	uint64_t *mask = sim_self == NULL ? &main_mask : &sim_self->sigmask;
	signals_arrive();
	if (old != NULL)
		*old = *mask;
	if (set == NULL)
		return 0;
	if (how == SIG_SETMASK)
		*mask = *set;
	else if (how == SIG_BLOCK)
		*mask |= *set;
	else if (how == SIG_UNBLOCK)
		*mask &= ~*set;
	else
		return EINVAL;
	signals_arrive();
	return 0;
}

/* The library's set begins with the kernel's. */
int hooks_sigmask(int how, const sigset_t *set, sigset_t *old)
{
	uint64_t mask = 0, before = 0;
	if (set != NULL)
		memcpy(&mask, set, sizeof(mask));
	int error = change(how, set == NULL ? NULL : &mask, &before);
	if (old != NULL) {
		memset(old, 0, sizeof(*old));
		memcpy(old, &before, sizeof(before));
	}
	return error;
}

int hooks_sigaltstack(const stack_t *stack, stack_t *old)
{
	if (stack != NULL)
		sim_fail("an alternate stack is installed, which is not modelled");
	*old = (stack_t){0};
	return 0;
}

long hooks_syscall(long number, ...)
{
	va_list args;
	va_start(args, number);
	int first = number == SYS_gettid ? 0 : va_arg(args, int), error = 0;
	if (number == SYS_membarrier) {
		(void)va_arg(args, unsigned);
		machine_membarrier(first, va_arg(args, int));
	} else if (number == SYS_rt_sigprocmask) {
		const uint64_t *set = va_arg(args, const uint64_t *);
		error = change(first, set, va_arg(args, uint64_t *));
	} else if (number != SYS_gettid) {
		sim_fail("system call %ld is not modelled", number);
	}
	va_end(args);
	if (number == SYS_gettid)
		return sim_self == NULL ? 1 : 2 + sim_self->id;
	return -error;
}
