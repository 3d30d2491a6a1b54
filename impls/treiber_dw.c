/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Treiber's lock-free stack, with pointer and tag in two words that are exchanged together.
 *
 * Family: lock-free stacks.
 * Copy with: extram.h wait.h
 * Source: treiber.c for the stack. IBM's System/370 Principles of Operation, appendix A, uses
 * "compare double and swap" in the same way.
 *
 *   head.top    the top m; NULL: empty
 *   head.tag    goes up by one with every put, stays at a get; see treiber.c for why that is
 *               enough. It never wraps
 *   depth       of a parked m: how many ms are parked below it
 *
 * The two words are loaded one by one, without an exchange. If they do not belong together, the
 * exchange fails. The tag is loaded before the link. If the exchange finds it unchanged, no put
 * came in between, and the link is that of the m on top.
 *
 *   x86-64   cmpxchg16b, which all but the first CPUs, of 2003, have
 *   arm64    casp, or ldxp and stxp, as the compiler's options say for all atomics. Without an
 *            option, casp where the CPU has it (LSE)
 */
#include "extram.h"
#include "wait.h"

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define TSAN 1
#endif
#elif defined(__SANITIZE_THREAD__)
#define TSAN 1
#endif

struct head {
	_Alignas(16) struct m *_Atomic top;
	_Atomic uint64_t tag;
};

struct list {
	struct extram_list base;
	const char *how; /* with base: read-mostly */
	bool lse;
	_Alignas(EXTRAM_APART) struct head head;
	char apart[EXTRAM_APART - sizeof(struct head)];
};

/* What the two words hold. */
struct pair {
	struct m *top;
	uint64_t tag;
};

/*
 * exchange(l, old, new): exchanges both words at once. Acquire and release: get needs no release
 * and put no acquire, but one section of assembly serves both. False: the words were not old; on
 * arm64 it may also fail without a reason. This is assembly because compilers call a library for
 * it, and because its callers may not be compiled for the instruction. choose(l): chooses the
 * instruction. False: this CPU has none.
 */
#if defined(TSAN)

#define BEST "tsan"

/* ThreadSanitizer does not see assembly, but knows this operation. gcc has this type for it built
 * in. */
bool __tsan_atomic128_compare_exchange_strong(volatile void *p, void *expected, unsigned __int128 value, int order, int failure);

static bool exchange(struct list *l, struct pair old, struct pair new)
{
	unsigned __int128 expected = (unsigned __int128)old.tag << 64 | (uintptr_t)old.top;
	unsigned __int128 value = (unsigned __int128)new.tag << 64 | (uintptr_t) new.top;
	/* acq_rel: acquire for get, release for put; see there. relaxed on failure: they load
	 * again. */
	return __tsan_atomic128_compare_exchange_strong(&l->head, &expected, value, memory_order_acq_rel, memory_order_relaxed);
}

static bool choose(struct list *l, const char **why)
{
	(void)why;
	l->how = BEST;
	return true;
}

#elif defined(__x86_64__)
#include <cpuid.h>

#define BEST "cmpxchg16b"

static inline bool exchange(struct list *l, struct pair old, struct pair new)
{
	bool done;
	__asm__ __volatile__("lock cmpxchg16b %[head]"
			     : "=@ccz"(done), [head] "+m"(l->head), "+a"(old.top), "+d"(old.tag)
			     : "b"(new.top), "c"(new.tag)
			     : "memory");
	return done;
}

static bool choose(struct list *l, const char **why)
{
	unsigned a, b, c = 0, d;
	l->how = BEST;
	*why = "this CPU has no cmpxchg16b";
	return __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & bit_CMPXCHG16B) != 0;
}

#elif defined(__aarch64__)
#include <sys/auxv.h>

#define BEST "casp"

#if defined(__ARM_FEATURE_ATOMICS)
#define LSE true
#elif defined(EXTRAM_ARM64_LLSC) /* define it with -mno-outline-atomics, which has no macro of its own */
#define LSE false
#else
#define LSE ((getauxval(AT_HWCAP) & HWCAP_ATOMICS) != 0)
#endif

/* casp needs pairs of neighbouring registers, the first with an even number. */
static inline bool exchange_casp(struct list *l, struct pair old, struct pair new)
{
	register struct m *top __asm__("x0") = old.top;
	register uint64_t tag __asm__("x1") = old.tag;
	register struct m *new_top __asm__("x2") = new.top;
	register uint64_t new_tag __asm__("x3") = new.tag;
	__asm__ __volatile__(".arch_extension lse\n"
			     "caspal %[top], %[tag], %[new_top], %[new_tag], %[head]"
			     : [top] "+r"(top), [tag] "+r"(tag), [head] "+Q"(l->head)
			     : [new_top] "r"(new_top), [new_tag] "r"(new_tag)
			     : "memory");
	return top == old.top && tag == old.tag;
}

/* The two words that ldaxp reads belong together only if stlxp stores. If it does not, a mismatch
 * may be false. */
static inline bool exchange_stxp(struct list *l, struct pair old, struct pair new)
{
	uint64_t top, tag;
	uint32_t failed;
	__asm__ __volatile__("ldaxp %[top], %[tag], %[head]\n"
			     "mov %w[failed], #1\n"
			     "cmp %[top], %[old_top]\n"
			     "ccmp %[tag], %[old_tag], #0, eq\n"
			     "b.ne 1f\n"
			     "stlxp %w[failed], %[new_top], %[new_tag], %[head]\n"
			     "1:\n"
			     : [top] "=&r"(top), [tag] "=&r"(tag), [failed] "=&r"(failed), [head] "+Q"(l->head)
			     : [old_top] "r"(old.top), [old_tag] "r"(old.tag), [new_top] "r"(new.top), [new_tag] "r"(new.tag)
			     : "memory", "cc");
	return failed == 0;
}

static inline bool exchange(struct list *l, struct pair old, struct pair new)
{
	return l->lse ? exchange_casp(l, old, new) : exchange_stxp(l, old, new);
}

static bool choose(struct list *l, const char **why)
{
	(void)why;
	l->lse = LSE;
	l->how = l->lse ? BEST : "ldxp-stxp";
	return true;
}

#else
#error "treiber_dw knows x86-64 and arm64"
#endif

static bool init(struct extram_list *list, const char **why)
{
	struct list *l = (struct list *)list;
	extram_init(&l->base);
	atomic_init(&l->head.top, NULL);
	atomic_init(&l->head.tag, 0);
	return choose(l, why);
}

static bool admit(struct extram_list *list, struct m *mp, const char **why)
{
	(void)list;
	*why = "NULL is no m";
	return mp != NULL;
}

/* Loads the tag first, so top is not older than the tag. If the exchange finds the same tag, no put
 * came since. */
static struct pair load(struct list *l)
{
	/* acquire, both: pair with the release of put's exchange. The first keeps the load of top
	 * after that of the tag. With the second, schedlink and depth come from that put or a later
	 * one. */
	uint64_t tag = atomic_load_explicit(&l->head.tag, memory_order_acquire);
	return (struct pair){atomic_load_explicit(&l->head.top, memory_order_acquire), tag};
}

EXTRAM_INLINE struct m *get(struct extram_list *list, bool nilokay, bool *last)
{
	struct list *l = (struct list *)list;
	struct extram_waiter waiter = {0};
	for (;;) {
		struct pair head = load(l);
		if (extram_unlikely(head.top == NULL)) {
			*last = true;
			if (nilokay)
				return NULL;
			extram_wait(&l->base, &waiter);
			continue;
		}
		/* relaxed: the m may belong to another thread by now. Then the head (top or tag)
		 * has changed, and the exchange fails. */
		struct m *next = atomic_load_explicit(&head.top->schedlink, memory_order_relaxed);
		/* The exchange's acquire pairs with the release in put, for the m's contents. That
		 * put's release sequence continues through the gets in between, which are
		 * read-modify-writes. */
		if (exchange(l, head, (struct pair){next, head.tag})) {
			*last = next == NULL;
			extram_waited(&l->base, &waiter);
			return head.top;
		}
	}
}

EXTRAM_INLINE void put(struct extram_list *list, struct m *mp)
{
	struct list *l = (struct list *)list;
	struct pair head;
	do {
		head = load(l);
		/* relaxed: stale if that m is gone; then the exchange fails. */
		uint32_t below = head.top == NULL ? 0 : atomic_load_explicit(&head.top->depth, memory_order_relaxed) + 1;
		/* relaxed, both: the exchange publishes them. A late reader, from an earlier time
		 * on the list, throws away what it reads. */
		atomic_store_explicit(&mp->schedlink, head.top, memory_order_relaxed);
		atomic_store_explicit(&mp->depth, below, memory_order_relaxed);
		/* The exchange's release pairs with the acquires in load and get. */
	} while (!exchange(l, head, (struct pair){mp, head.tag + 1}));
	extram_wake(&l->base);
}

static uint32_t length(struct extram_list *list)
{
	struct list *l = (struct list *)list;
	struct m *mp = load(l).top;
	/* relaxed: a hint if the m is gone by now. ms are not freed, so the read is safe. */
	return mp == NULL ? 0 : atomic_load_explicit(&mp->depth, memory_order_relaxed) + 1;
}

static const char *variant(struct extram_list *list)
{
	return ((struct list *)list)->how;
}

const struct extram_strategy extram_treiber_dw = {
    .name = "treiber_dw",
    .summary = "Treiber's lock-free stack, pointer and 64 bits of tag in two words, exchanged at once",
    .properties = EXTRAM_LIFO | EXTRAM_LAST_EXACT | EXTRAM_LOCK_FREE,
    .list_size = sizeof(struct list),
    .init = init,
    .fini = extram_no_fini,
    .admit = admit,
    .get = get,
    .put = put,
    .length = length,
    .thread_exit = extram_no_thread_exit,
    .variant = variant,
    .best_variant = BEST,
    .waiting = EXTRAM_WAITING,
};
