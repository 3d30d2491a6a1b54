/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A stack of pointers per CPU, popped and pushed in restartable sequences: no atomic instruction,
 * no lock.
 *
 * Source: rseq(2) and Documentation of the kernel's kernel/rseq.c; the slabs of tcmalloc; librseq's
 * layout of the sections. glibc (2.35 and later) registers every thread. If it did not,
 * `rseq_usable` returns false, and the user has a slab count of 0, for which pop and push miss.
 *
 * A section is the instructions from 1 to 2. If its thread is preempted, migrated or signalled
 * inside, or another thread asks for it with membarrier, the kernel jumps to 4, which starts over
 * at 0. So the load of the CPU number, the load of the word and its store are one step on that CPU.
 * The last instruction, the store of the word, commits.
 *
 * To take another CPU's slab, a thread sets STOP in its word. membarrier aborts the section that
 * may run there. If STOP is still set, the slab belongs to the taker until it stores a word without
 * STOP. If a section committed in between, it overwrote STOP, and the taker tries again.
 *
 *   word   bits 63..32   pushes so far, modulo 2^32: shows a scan that a slab was filled and
 *                        emptied in between
 *          bit 31        STOP: another thread has taken the slab; pop and push miss
 *          bits 30..0    ms in the slab: slot[0] .. slot[count - 1]
 */
#ifndef EXTRAM_RSEQ_H
#define EXTRAM_RSEQ_H

#include <assert.h>
#include <linux/membarrier.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__has_include)
#if __has_include(<sys/rseq.h>) && (defined(__x86_64__) || defined(__aarch64__))
#include <sys/rseq.h>
#define RSEQ_BUILT 1
#endif
#endif

#define RSEQ_STOP UINT64_C(0x80000000)
#define RSEQ_COUNT UINT64_C(0x7fffffff)
#define RSEQ_PUSHED (UINT64_C(1) << 32) /* what a push adds to the word, besides 1 to the count */
#define RSEQ_SLOTS 15

/* Two cache lines. The sections below know its size and layout. */
struct rseq_slab {
	_Alignas(128) _Atomic uint64_t word;
	void *slot[RSEQ_SLOTS];
};
_Static_assert(sizeof(struct rseq_slab) == 128, "the sections shift the CPU number by 7");
_Static_assert(offsetof(struct rseq_slab, slot) == 8, "the sections address slot[count - 1] as word + 8 * count");

static inline uint32_t rseq_count(uint64_t word)
{
	return (uint32_t)(word & RSEQ_COUNT);
}

/* For a ThreadSanitizer, which does not see what the sections load and store: define these to tell
 * it that the push of an entry is ordered before the taking of that entry, and nothing more. */
#ifndef RSEQ_PUSHES
#define RSEQ_PUSHES(entry) ((void)(entry))
#define RSEQ_TAKES(entry) ((void)(entry))
#endif

static inline bool rseq_membarrier(int cmd, unsigned flags, int cpu)
{
	return syscall(SYS_membarrier, cmd, flags, cpu) == 0;
}

/* A full barrier in every running thread of the process. It is the slow side of an asymmetric
 * Dekker pair with rseq_pop and rseq_push. */
static inline void rseq_fence(void)
{
	bool ok = rseq_membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0);
	assert(ok && "rseq_usable registers for it");
	(void)ok;
}

/*
 * Stops a CPU's slab. Only one thread at a time may do so. True: the slab belongs to the caller
 * until it stores a word without STOP (release). False: a section committed meanwhile, and nothing
 * has changed. Does not wait for a section, but makes it start over. Takes 0.1 to 20 us.
 */
static inline bool rseq_stop(struct rseq_slab *slabs, uint32_t cpu)
{
	/* relaxed: membarrier orders it against the sections of that CPU. */
	atomic_fetch_or_explicit(&slabs[cpu].word, RSEQ_STOP, memory_order_relaxed);
	bool ok = rseq_membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ, MEMBARRIER_CMD_FLAG_CPU, (int)cpu);
	assert(ok && "rseq_usable registers for it");
	(void)ok;
	/* relaxed: the slab is ours, or STOP was overwritten. membarrier has made visible what the
	 * sections stored before. */
	uint64_t word = atomic_load_explicit(&slabs[cpu].word, memory_order_relaxed);
	bool ours = (word & RSEQ_STOP) != 0;
	for (uint32_t i = 0; ours && i < rseq_count(word); i++)
		RSEQ_TAKES(slabs[cpu].slot[i]);
	return ours;
}

/* Sums over the slabs. Returns the ms in them, stopped ones included. *pushes: the pushes so far,
 * modulo 2^32. */
static inline uint32_t rseq_scan(struct rseq_slab *slabs, uint32_t cpus, uint32_t *pushes)
{
	uint32_t count = 0;
	*pushes = 0;
	for (uint32_t cpu = 0; cpu < cpus; cpu++) {
		/* acquire, although no release pairs with it: it keeps a scan's loads in order, and
		 * the proof by two scans in a row needs that. Whatever orders the threads of the
		 * sections orders the sections' stores. */
		uint64_t word = atomic_load_explicit(&slabs[cpu].word, memory_order_acquire);
		count += rseq_count(word);
		*pushes += (uint32_t)(word >> 32);
	}
	return count;
}

#ifdef RSEQ_BUILT

/* The calling thread's area. It exists even if it is not registered; the kernel then ignores it. */
static inline struct rseq *rseq_self(void)
{
	return (struct rseq *)((char *)__builtin_thread_pointer() + __rseq_offset);
}

/* The CPU on which the calling thread runs or just ran: a hint. Negative if the thread is not
 * registered. */
static inline int32_t rseq_cpu(void)
{
	return (int32_t)((const volatile struct rseq *)rseq_self())->cpu_id;
}

/* Reports whether this process can use slabs, and registers it for the membarriers that they need.
 * The size is 20, or 32 and more. */
static inline bool rseq_usable(void)
{
	return __rseq_size >= offsetof(struct rseq, flags) + sizeof(rseq_self()->flags) && rseq_cpu() >= 0 &&
	       rseq_membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_RSEQ, 0, 0) &&
	       rseq_membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0);
}

_Static_assert(offsetof(struct rseq, cpu_id) == 4, "the sections load the CPU number from there");
_Static_assert(offsetof(struct rseq, rseq_cs) == 8, "the sections announce themselves there");
_Static_assert(RSEQ_SLOTS == 15, "the push section compares with it");

/* The kernel's struct rseq_cs: version and flags, first instruction, length, address to go to on
 * abort. */
#define RSEQ_DESCRIPTOR                                                                                                                    \
	".pushsection __rseq_cs, \"aw\"\n"                                                                                                 \
	".balign 32\n"                                                                                                                     \
	"3: .long 0, 0\n"                                                                                                                  \
	".quad 1f, 2f - 1f, 4f\n"                                                                                                          \
	".popsection\n"

#ifdef __x86_64__

#define RSEQ_BEGIN                                                                                                                         \
	RSEQ_DESCRIPTOR                                                                                                                    \
	"0: leaq 3b(%%rip), %[t]\n"                                                                                                        \
	"movq %[t], 8(%[self])\n"                                                                                                          \
	"1: movl 4(%[self]), %k[t]\n" /* the CPU number: inside the section, or it may be another's by now */                              \
	"cmpl %[cpus], %k[t]\n"       /* unsigned: not registered is negative */                                                           \
	"jae 5f\n"                                                                                                                         \
	"shlq $7, %[t]\n"                                                                                                                  \
	"addq %[slabs], %[t]\n"                                                                                                            \
	"movq (%[t]), %[word]\n"
/* The kernel checks for the signature, an undefined instruction, before the abort address. */
#define RSEQ_ABORT                                                                                                                         \
	".pushsection __rseq_failure, \"ax\"\n"                                                                                            \
	".byte 0x0f, 0xb9, 0x3d\n"                                                                                                         \
	".long 0x53053053\n"                                                                                                               \
	"4: jmp 0b\n"                                                                                                                      \
	".popsection\n"                                                                                                                    \
	"5:\n"
#define RSEQ_POP                                                                                                                           \
	"testl %k[word], %k[word]\n" /* 0: empty; negative: STOP */                                                                        \
	"jle 5f\n"                                                                                                                         \
	"movl %k[word], %k[at]\n"                                                                                                          \
	"movq (%[t], %[at], 8), %[at]\n"                                                                                                   \
	"subq $1, %[word]\n"                                                                                                               \
	"movq %[word], (%[t])\n" /* commit */                                                                                              \
	"2: movq %[at], %[mp]\n" /* not before: a section that starts over may then miss */
#define RSEQ_PUSH                                                                                                                          \
	"movl %k[word], %k[at]\n"                                                                                                          \
	"cmpl $15, %k[at]\n" /* unsigned: full, or STOP */                                                                                 \
	"jae 5f\n"                                                                                                                         \
	"movq %[mp], 8(%[t], %[at], 8)\n" /* nobody looks above count, so an abort after it leaves nothing behind */                       \
	"addq %[pushed], %[word]\n"                                                                                                        \
	"movq %[word], (%[t])\n" /* commit */                                                                                              \
	"2: movl $1, %[done]\n"

#else /* __aarch64__ */

#define RSEQ_BEGIN                                                                                                                         \
	RSEQ_DESCRIPTOR                                                                                                                    \
	"0: adrp %[t], 3b\n"                                                                                                               \
	"add %[t], %[t], :lo12:3b\n"                                                                                                       \
	"str %[t], [%[self], #8]\n"                                                                                                        \
	"1: ldr %w[t], [%[self], #4]\n" /* the CPU number: inside the section, or it may be another's by now */                            \
	"cmp %w[t], %w[cpus]\n"         /* unsigned: not registered is negative */                                                         \
	"b.hs 5f\n"                                                                                                                        \
	"add %[t], %[slabs], %[t], lsl #7\n"                                                                                               \
	"ldr %[word], [%[t]]\n"
/* The kernel checks for the signature, a trap instruction, before the abort address. */
#define RSEQ_ABORT                                                                                                                         \
	".pushsection __rseq_failure, \"ax\"\n"                                                                                            \
	".inst 0xd428bc00\n"                                                                                                               \
	"4: b 0b\n"                                                                                                                        \
	".popsection\n"                                                                                                                    \
	"5:\n"
#define RSEQ_POP                                                                                                                           \
	"cmp %w[word], #0\n" /* 0: empty; negative: STOP */                                                                                \
	"b.le 5f\n"                                                                                                                        \
	"mov %w[at], %w[word]\n"                                                                                                           \
	"ldr %[at], [%[t], %[at], lsl #3]\n"                                                                                               \
	"sub %[word], %[word], #1\n"                                                                                                       \
	"str %[word], [%[t]]\n" /* commit */                                                                                               \
	"2: mov %[mp], %[at]\n" /* not before: a section that starts over may then miss */
#define RSEQ_PUSH                                                                                                                          \
	"mov %w[at], %w[word]\n"                                                                                                           \
	"cmp %w[at], #15\n" /* unsigned: full, or STOP */                                                                                  \
	"b.hs 5f\n"                                                                                                                        \
	"add %[at], %[t], %[at], lsl #3\n"                                                                                                 \
	"str %[mp], [%[at], #8]\n" /* nobody looks above count, so an abort after it leaves nothing behind */                              \
	"add %[word], %[word], %[pushed]\n"                                                                                                \
	"str %[word], [%[t]]\n" /* commit */                                                                                               \
	"2: mov %w[done], #1\n"

#endif

/*
 * Pops from the slab of the CPU that runs this. NULL: the slab is empty or stopped, or there is no
 * such slab. *left: ms that stay in the slab. Loads and stores are plain. The next user of this
 * slab either runs on this CPU, and the kernel's switch between the two is a full barrier; or it
 * stops the slab, and membarrier is a full barrier on both sides.
 */
static inline void *rseq_pop(struct rseq_slab *slabs, uint32_t cpus, uint32_t *left)
{
	void *mp = NULL;
	uint64_t word = 0, t, at;
	__asm__ __volatile__(RSEQ_BEGIN RSEQ_POP RSEQ_ABORT
			     : [mp] "+&r"(mp), [word] "+&r"(word), [t] "=&r"(t), [at] "=&r"(at)
			     : [self] "r"(rseq_self()), [slabs] "r"(slabs), [cpus] "r"(cpus)
			     : "memory", "cc");
	*left = rseq_count(word);
	if (mp != NULL)
		RSEQ_TAKES(mp);
	return mp;
}

/* Pushes onto the slab of the CPU that runs this. False: the slab is full or stopped, or there is
 * no such slab. Orders: as in rseq_pop. */
static inline bool rseq_push(struct rseq_slab *slabs, uint32_t cpus, void *mp)
{
	uint64_t word, t, at;
	uint32_t done = 0;
	RSEQ_PUSHES(mp);
	__asm__ __volatile__(RSEQ_BEGIN RSEQ_PUSH RSEQ_ABORT
			     : [done] "+&r"(done), [word] "=&r"(word), [t] "=&r"(t), [at] "=&r"(at)
			     : [self] "r"(rseq_self()), [slabs] "r"(slabs), [cpus] "r"(cpus), [mp] "r"(mp), [pushed] "r"(RSEQ_PUSHED + 1)
			     : "memory", "cc");
	return done != 0;
}

#else /* no rseq in this C library or on this architecture */

static inline int32_t rseq_cpu(void)
{
	return -1;
}

static inline bool rseq_usable(void)
{
	return false;
}

static inline void *rseq_pop(struct rseq_slab *slabs, uint32_t cpus, uint32_t *left)
{
	(void)slabs, (void)cpus, *left = 0;
	return NULL;
}

static inline bool rseq_push(struct rseq_slab *slabs, uint32_t cpus, void *mp)
{
	(void)slabs, (void)cpus, (void)mp;
	return false;
}

#endif
#endif
