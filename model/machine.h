/* SPDX-License-Identifier: BSD-3-Clause */
/* A machine of the model, read from a file: model/machines/NAME.ini. */
#ifndef MODEL_MACHINE_H
#define MODEL_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

#include "events.h"

#define MACHINE_CPUS 512
#define MACHINE_DOMAINS 64

/* How far two places are apart. */
enum machine_level {
	MACHINE_CORE,    /* one core's CPUs share its cache */
	MACHINE_DOMAIN,  /* cores that share an L3 cache, or what else orders their requests */
	MACHINE_NODE,    /* domains of one NUMA node */
	MACHINE_PACKAGE, /* nodes of one package */
	MACHINE_SYSTEM,
	MACHINE_LEVELS
};

/* Where a CPU is. The numbers of cores, domains, nodes and packages count over the machine. */
struct machine_place {
	uint32_t number; /* the system's number of the CPU, as in a file of latencies */
	uint32_t core, domain, node, package;
};

/*
 * The figures of a file: X(key, unit, meaning). All but counts are in ns there. The names of the
 * keys are those of the file and of --set.
 */
#define MACHINE_FIGURES(X)                                                                                                                 \
	X(sibling, NS, "between the CPUs of a core, for a line that both write")                                                           \
	X(near, NS, "one way between a core and what orders its domain's requests")                                                        \
	X(node, NS, "one way between two domains of a node")                                                                               \
	X(package, NS, "one way between two nodes of a package")                                                                           \
	X(system, NS, "one way between two packages")                                                                                      \
	X(load, NS, "a load that hits")                                                                                                    \
	X(store, NS, "a store that hits, or enters the store buffer")                                                                      \
	X(commit, NS, "from a store into the buffer until it may change its line")                                                         \
	X(ready, NS, "the part of an atomic's time before it has its line")                                                                \
	X(add, NS, "an atomic add on an own line")                                                                                         \
	X(cas, NS, "a compare-and-swap on an own line")                                                                                    \
	X(exchange, NS, "an exchange on an own line")                                                                                      \
	X(fence, NS, "a full fence")                                                                                                       \
	X(instruction, NS, "an instruction, on average")                                                                                   \
	X(smt_percent, COUNT, "the time of a computation while a sibling computes, in percent of that alone")                              \
	X(pause, NS, "pause, yield or isb")                                                                                                \
	X(hold_min, NS, "a line stays at least this long with its new owner ...")                                                          \
	X(hold_max, NS, "... or up to this long: drawn anew each time")                                                                    \
	X(domain_hold, NS, "a line that came from another domain goes to near requests first, this long")                                  \
	X(far_hold, NS, "a line that came from another domain stays this much longer with its new owner")                                  \
	X(clean_gap, NS, "between two copies of a clean line")                                                                             \
	X(invalidate, NS, "for each copy but the first that a write takes away")                                                           \
	X(buffered, COUNT, "stores that a buffer holds")                                                                                   \
	X(far_add, NS, "0: an atomic add fetches its line; else it runs where the line is ordered, and takes it this long")                \
	X(llsc, COUNT, "1: a read-modify-write is a loop of load-exclusive and store-exclusive")                                           \
	X(llsc_window, NS, "between the load-exclusive and the store-exclusive")                                                           \
	X(home_detour, COUNT, "1: requests that leave a domain pass the line's home node; 0: they find the owner")                         \
	X(home, COUNT, "the node where the lines live")                                                                                    \
	X(slice, NS, "a thread runs this long while others wait for its CPU")                                                              \
	X(context_switch, NS, "from one thread to another on a CPU")                                                                       \
	X(syscall, NS, "an empty system call")                                                                                             \
	X(futex_wait, NS, "into the kernel to sleep, until the CPU is free")                                                               \
	X(futex_wake, NS, "the waker's part of a wake-up")                                                                                 \
	X(wake_up, NS, "from a wake-up to the first instruction on an idle CPU")                                                           \
	X(timer_slack, NS, "a sleep takes this much longer")                                                                               \
	X(membarrier, NS, "membarrier(2) for one CPU that is busy")

#define MACHINE_NS uint64_t /* held in ps */
#define MACHINE_COUNT uint64_t
#define MACHINE_FIELD(key, unit, meaning) MACHINE_##unit key;

struct machine {
	char name[64], cpu_model[128], arch[16];
	struct machine_figures {
		MACHINE_FIGURES(MACHINE_FIELD)
	} f;
	uint32_t cpus, cores, domains, nodes, packages;
	struct machine_place place[MACHINE_CPUS]; /* in hwloc's order: neighbours first */
	uint32_t core_domain[MACHINE_CPUS];
	uint32_t domain_node[MACHINE_DOMAINS], domain_package[MACHINE_DOMAINS];
	uint32_t node_package[MACHINE_DOMAINS];
};

/* The machine that runs. */
extern struct machine machine;

/* Reads a file into machine. False: the cause was printed. */
bool machine_read(const char *path);

/* Sets one figure, KEY=NUMBER. False: the cause was printed. */
bool machine_set(const char *assignment);

/* Prints a line a figure: key, value, meaning. */
void machine_print(void);

/* One way between two domains, without the ways inside them. */
uint64_t machine_leg(uint32_t domain, uint32_t other);

/* One way between a domain and the home of all lines; 0 without a detour. */
uint64_t machine_home_leg(uint32_t domain);

#endif
