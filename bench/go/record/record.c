/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * To be preloaded into a program that calls Go: records when each of its callbacks began and how long it took, without privileges and
 * without a change to the program. record.py runs it and makes the trace.
 *
 * Go tells a "cgo context function" of the begin and the end of each call from C into Go (runtime.SetCgoTraceback); its own hook to set
 * one, x_cgo_set_context_function, is a symbol of every program and library that has cgo. A program that sets one itself keeps it, and
 * cannot be recorded.
 *
 * Only callbacks for which Go borrows an m count: not those inside another one, and not those on threads that Go made. Of those this
 * library learns as they are made: with every signal blocked, from Go's own code; or before main, when a Go library starts its runtime.
 *
 * The file is mapped into memory, with a part of its own for each thread, so nothing is lost however the process ends, no thread waits
 * for another, and no system call but the clock's is added.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define EVENTS 131071 /* of a thread; more are counted, not kept */
#define THREADS 4096

/* A thread's part of the file, in the machine's own byte order; record.py knows it. */
struct part {
	uint64_t count, dropped;
	struct event {
		uint64_t start_ns, end_ns; /* CLOCK_MONOTONIC */
	} event[EVENTS];
};

/* Go's struct context_arg. */
struct context_arg {
	uintptr_t context;
};

static _Thread_local struct {
	struct part *part;
	uint64_t start_ns;
	uint32_t depth; /* callbacks that this thread is in */
	bool gos;       /* Go made this thread */
} self;

static struct part *parts;         /* the file, THREADS of them; written before main, then read. NULL: nothing is recorded */
static _Atomic uint32_t next_part; /* threads that came beyond the last part are counted too */
static void *_Atomic hook;         /* Go's x_cgo_set_context_function */

static uint64_t now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
}

static void begin(void)
{
	if (self.depth++ > 0 || self.gos || parts == NULL)
		return;
	if (self.part == NULL) {
		/* relaxed: a number of one's own is all that is asked of it. */
		uint32_t n = atomic_fetch_add_explicit(&next_part, 1, memory_order_relaxed);
		self.part = &parts[n < THREADS - 1 ? n : THREADS - 1];
	}
	self.start_ns = now_ns();
}

static void end(void)
{
	uint64_t ns = now_ns();
	struct part *part = self.part;
	if (--self.depth > 0 || part == NULL || parts == NULL)
		return;
	if (part->count == EVENTS || part == &parts[THREADS - 1])
		part->dropped++; /* in the last part by several threads: that it is not 0 says enough */
	else
		part->event[part->count++] = (struct event){self.start_ns, ns};
}

/* Go calls it with 0 at the begin; with what it left there, at the end. */
static void on_context(struct context_arg *arg)
{
	if (arg->context != 0) {
		end();
		return;
	}
	begin();
	arg->context = 1;
}

/* Calls Go's hook as soon as there is one: a library may be loaded late. */
static void look_for_go(void)
{
	void (*set)(void (*)(struct context_arg *));
	/* relaxed, here and below: an address alone; two threads that come at once tell Go the same. */
	if (parts == NULL || atomic_load_explicit(&hook, memory_order_relaxed) != NULL)
		return;
	void *found = dlsym(RTLD_DEFAULT, "x_cgo_set_context_function");
	if (found == NULL)
		return;
	atomic_store_explicit(&hook, found, memory_order_relaxed);
	*(void **)&set = found; /* POSIX's way to get a function from dlsym */
	set(on_context);
}

struct born {
	void *(*run)(void *arg);
	void *arg;
};

static void *run_gos(void *arg)
{
	struct born born = *(struct born *)arg;
	free(arg);
	self.gos = true;
	return born.run(born.arg);
}

/* Go blocks all signals around its pthread_create; the code that asks is in the object that has the hook. */
static bool is_gos(const void *run)
{
	Dl_info maker, go;
	sigset_t blocked;
	/* relaxed: an address alone. */
	void *known = atomic_load_explicit(&hook, memory_order_relaxed);
	if (parts == NULL)
		return true;
	pthread_sigmask(SIG_SETMASK, NULL, &blocked);
	return known != NULL && sigismember(&blocked, SIGURG) == 1 && sigismember(&blocked, SIGSEGV) == 1 && dladdr(run, &maker) != 0 &&
	       dladdr(known, &go) != 0 && maker.dli_fbase == go.dli_fbase;
}

__attribute__((visibility("default"))) int pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *), void *arg)
{
	static int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
	if (real == NULL)
		*(void **)&real = dlsym(RTLD_NEXT, "pthread_create");
	look_for_go();
	struct born *born = is_gos(*(void **)&run) ? malloc(sizeof(*born)) : NULL;
	if (born == NULL)
		return real(thread, attr, run, arg);
	*born = (struct born){run, arg};
	int err = real(thread, attr, run_gos, born);
	if (err != 0)
		free(born);
	return err;
}

/* A child of fork would write into its parent's parts. */
static void in_child(void)
{
	parts = NULL;
}

/* The main thread of a program that is itself Go is Go's; that of a C program with a Go library is not. */
static bool program_is_go(void)
{
	Dl_info program, go;
	/* relaxed: an address alone. */
	void *known = atomic_load_explicit(&hook, memory_order_relaxed);
	return known != NULL && dladdr(known, &go) != 0 && dladdr((void *)getauxval(AT_ENTRY), &program) != 0 &&
	       go.dli_fbase == program.dli_fbase;
}

/* NULL: the cause was printed. The file is a hole: only what is written takes room. */
static struct part *map_file(const char *path)
{
	void *file = MAP_FAILED;
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd >= 0 && ftruncate(fd, (off_t)sizeof(struct part) * THREADS) == 0)
		file = mmap(NULL, sizeof(struct part) * THREADS, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0);
	if (file == MAP_FAILED)
		perror("extram_record");
	if (fd >= 0)
		close(fd);
	return file == MAP_FAILED ? NULL : file;
}

/* Only the first process records: a program that it runs must not. */
__attribute__((constructor)) static void prepare(void)
{
	const char *path = getenv("EXTRAM_RECORD");
	if (path == NULL)
		return;
	parts = map_file(path);
	unsetenv("EXTRAM_RECORD");
	pthread_atfork(NULL, NULL, in_child);
	look_for_go();
	self.gos = program_is_go();
}
