/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A program that to a recorder looks as if it calls into Go: it has Go's hook, and prints what was
 * hooked in for every call. Without the recorder it does nothing. Three threads of its own make 1,
 * 2 and 3 calls, one of them with another call inside. Two more threads make calls that do not
 * count: one of Go's, made with all signals blocked, and the main thread, which in a Go program
 * belongs to Go too.
 */
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>

struct context_arg {
	uintptr_t context;
};
typedef void context_function(struct context_arg *arg);

void x_cgo_set_context_function(context_function *function);

static context_function *context;

void x_cgo_set_context_function(context_function *function)
{
	context = function;
}

/* Like a function that cgo exports: begin, Go's part, and end if there was a begin. */
static void call_go(unsigned depth)
{
	struct context_arg arg = {0};
	if (context != NULL)
		context(&arg);
	if (depth > 1)
		call_go(depth - 1);
	if (context != NULL && arg.context != 0)
		context(&arg);
}

static void *own(void *calls)
{
	for (uintptr_t i = 0; i < (uintptr_t)calls; i++)
		call_go(i == 0 ? 2 : 1);
	return NULL;
}

static void *of_go(void *unused)
{
	call_go(1);
	return unused;
}

static int run_in_thread(void *(*run)(void *), uintptr_t arg)
{
	pthread_t thread;
	if (pthread_create(&thread, NULL, run, (void *)arg) != 0)
		return 1;
	return pthread_join(thread, NULL);
}

int main(void)
{
	sigset_t all, before;
	int failed = 0;
	call_go(1);
	for (uintptr_t calls = 1; calls <= 3; calls++)
		failed |= run_in_thread(own, calls);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	failed |= run_in_thread(of_go, 0);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return failed;
}
