/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a list may lack of the contract in extram.h. No strategy here does. Adapters of other
 * projects' containers set these bits beside those of enum extram_property. Code that measures or
 * tests such a list reads them. A runtime needs none of this.
 */
#ifndef EXTRAM_LACKS_H
#define EXTRAM_LACKS_H

enum extram_lack {
	/* The list does not know when a get leaves it empty. last is true whenever a get has an m,
	 * and the getter looks at length. */
	EXTRAM_NO_LAST = 1U << 6,
	/* length is 0 for no m and 1 for any number of ms. */
	EXTRAM_NO_LENGTH = 1U << 7,
	/* With nilokay, get may return NULL although ms are parked, if other threads get and put
	 * meanwhile. */
	EXTRAM_MAY_MISS = 1U << 8,
	/* Threads wait for each other in turn and never yield the CPU. With more threads than CPUs,
	 * almost nothing moves. */
	EXTRAM_CPU_EACH = 1U << 9,
};

#endif
