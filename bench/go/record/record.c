/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A library to preload into a program that calls Go. It records the start and the length of each
 * callback, without privileges or changes to the program. python3 -m bench.go.record runs
 * the program and writes the trace.
 *
 * Go calls a "cgo context function" at the start and the end of each call from C into Go
 * (runtime.SetCgoTraceback). Every program and library with cgo has the symbol
 * x_cgo_set_context_function, which sets this function. A program that sets its own cannot be
 * recorded.
 *
 * Only callbacks for which Go borrows an m count: not nested ones, and not those on threads that Go
 * created. The library recognizes such threads at their creation: Go's code creates them with every
 * signal blocked, or a Go library creates them before main, when it starts its runtime.
 *
 * The file is mapped into memory and has a separate part for each thread. So nothing is lost
 * however the process ends, no thread waits for another, and there are no extra system calls except
 * the clock's.
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

#define EVENTS 131071 /* per thread; more are counted, but not kept */
#define THREADS 4096

/* A thread's part of the file, in native byte order. bench.go.record reads it. */
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
	uint32_t depth; /* nesting depth of callbacks */
	bool gos;       /* Go created this thread */
} self;

static struct part *parts;         /* the mapped file: THREADS parts; set before main. NULL: not recording */
static _Atomic uint32_t next_part; /* counts threads beyond the last part too */
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
		/* relaxed: only uniqueness matters. */
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
		part->dropped++; /* several threads may share the last part; only zero or not matters */
	else
		part->event[part->count++] = (struct event){self.start_ns, ns};
}

/* Go calls it with 0 at the start, and with the value it stored then at the end. */
static void on_context(struct context_arg *arg)
{
	if (arg->context != 0) {
		end();
		return;
	}
	begin();
	arg->context = 1;
}

/* Calls Go's hook as soon as it exists: a library may be loaded late. */
static void look_for_go(void)
{
	void (*set)(void (*)(struct context_arg *));
	/* relaxed, here and below: only an address; concurrent threads set the same function. */
	if (parts == NULL || atomic_load_explicit(&hook, memory_order_relaxed) != NULL)
		return;
	void *found = dlsym(RTLD_DEFAULT, "x_cgo_set_context_function");
	if (found == NULL)
		return;
	atomic_store_explicit(&hook, found, memory_order_relaxed);
	*(void **)&set = found; /* the form that POSIX gives to get a function from dlsym */
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

/*
 * Go blocks all signals around pthread_create, and its start routine is in the object with the
 * hook.
 */
static bool is_gos(const void *run)
{
	Dl_info maker, go;
	sigset_t blocked;
	/* relaxed: only an address. */
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

/* A forked child must not write into its parent's parts. */
static void in_child(void)
{
	parts = NULL;
}

/* The main thread belongs to Go in a Go program, but not in a C program with a Go library. */
static bool program_is_go(void)
{
	Dl_info program, go;
	/* relaxed: only an address. */
	void *known = atomic_load_explicit(&hook, memory_order_relaxed);
	return known != NULL && dladdr(known, &go) != 0 && dladdr((void *)getauxval(AT_ENTRY), &program) != 0 &&
	       go.dli_fbase == program.dli_fbase;
}

/* Maps the file, which is sparse. NULL: the cause was printed. */
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

/* Only the first process records, not the programs that it runs. */
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
