/* SPDX-License-Identifier: BSD-3-Clause */
/* What a runtime makes, it ends, even if it fails half way. The linker sends the calls of impls/
 * and of the tests through the functions below. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>

#include "needm_test.h"
#include "sanitized.h"

#define MOST 64 /* more calls than a runtime makes: a bound for the loop that looks for the end */

/* One thread counts, while it is on. */
static bool counting;
static int64_t out;  /* made and not ended */
static int64_t left; /* calls until one fails; negative: it has failed */

#if !SANITIZED_THREAD && !SANITIZED_ADDRESS

static bool fails(void)
{
	return counting && left-- == 0;
}

static void made(bool ok)
{
	if (counting && ok)
		out++;
}

static void ended(bool something)
{
	if (counting && something)
		out--;
}

void *__real_malloc(size_t bytes);
void *__real_calloc(size_t n, size_t bytes);
void *__real_aligned_alloc(size_t align, size_t bytes);
void __real_free(void *p);
int __real_pthread_key_create(pthread_key_t *key, void (*destructor)(void *value));
int __real_pthread_key_delete(pthread_key_t key);
int __real_pthread_mutex_init(pthread_mutex_t *lock, const pthread_mutexattr_t *attributes);
int __real_pthread_mutex_destroy(pthread_mutex_t *lock);

void *__wrap_malloc(size_t bytes);
void *__wrap_malloc(size_t bytes)
{
	void *p = fails() ? NULL : __real_malloc(bytes);
	made(p != NULL);
	return p;
}

void *__wrap_calloc(size_t n, size_t bytes);
void *__wrap_calloc(size_t n, size_t bytes)
{
	void *p = fails() ? NULL : __real_calloc(n, bytes);
	made(p != NULL);
	return p;
}

void *__wrap_aligned_alloc(size_t align, size_t bytes);
void *__wrap_aligned_alloc(size_t align, size_t bytes)
{
	void *p = fails() ? NULL : __real_aligned_alloc(align, bytes);
	made(p != NULL);
	return p;
}

void __wrap_free(void *p);
void __wrap_free(void *p)
{
	ended(p != NULL);
	__real_free(p);
}

int __wrap_pthread_key_create(pthread_key_t *key, void (*destructor)(void *value));
int __wrap_pthread_key_create(pthread_key_t *key, void (*destructor)(void *value))
{
	int err = fails() ? EAGAIN : __real_pthread_key_create(key, destructor);
	made(err == 0);
	return err;
}

int __wrap_pthread_key_delete(pthread_key_t key);
int __wrap_pthread_key_delete(pthread_key_t key)
{
	ended(true);
	return __real_pthread_key_delete(key);
}

int __wrap_pthread_mutex_init(pthread_mutex_t *lock, const pthread_mutexattr_t *attributes);
int __wrap_pthread_mutex_init(pthread_mutex_t *lock, const pthread_mutexattr_t *attributes)
{
	int err = fails() ? ENOMEM : __real_pthread_mutex_init(lock, attributes);
	made(err == 0);
	return err;
}

int __wrap_pthread_mutex_destroy(pthread_mutex_t *lock);
int __wrap_pthread_mutex_destroy(pthread_mutex_t *lock)
{
	ended(true);
	return __real_pthread_mutex_destroy(lock);
}

#endif

/* A runtime whose kth call for memory, a key or a lock fails. *failed: there was such a call. A
 * strategy may do without what it did not get. */
static void begin_and_end(const struct extram_strategy *s, int64_t k, bool *failed)
{
	struct needm_runtime rt;
	const char *why = NULL;
	out = 0;
	left = k;
	counting = true;
	bool up = needm_init(&rt, s, &needm_libc_memory, &why);
	*failed = left < 0;
	counting = up;
	if (up)
		needm_fini(&rt);
	counting = false;
	check(up || (why != NULL && why[0] != '\0'), "it fails and gives no reason");
	check(up || *failed, "it fails although no call did: %s", why);
	check(out == 0, "%lld of what was made is left after %s. Call %lld failed: %d", (long long)out, up ? "the end" : "a failure",
	      (long long)k, *failed);
}

void leaks_init_fails(void **state)
{
	bool failed = true;
	int64_t k = 0;
	crew_watch("a runtime that fails half way leaves nothing");
	if (SANITIZED_THREAD || SANITIZED_ADDRESS)
		return; /* their own calls would come here, too */
	for (; failed; k++) {
		check(k < MOST, "a runtime makes more than %d things", MOST);
		begin_and_end(*state, k, &failed);
	}
	assert_true(k > 7); /* the list, and the seven parts of an m */
}
