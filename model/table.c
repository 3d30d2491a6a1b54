/* SPDX-License-Identifier: BSD-3-Clause */
#include "table.h"

#include <string.h>

#include "sim.h"

#define SLOTS (4 * TABLE_LINES)

static uintptr_t keys[TABLE_LINES];
static uint32_t slots[SLOTS]; /* 1 + number; 0: empty */
static uint32_t count;

void table_reset(void)
{
	memset(slots, 0, sizeof(slots));
	count = 0;
}

uint32_t table_count(void)
{
	return count;
}

uint32_t table_find(uintptr_t key, bool *fresh)
{
	uint32_t slot = (uint32_t)((key * UINT64_C(0x9e3779b97f4a7c15)) >> 40) % SLOTS;
	while (slots[slot] != 0 && keys[slots[slot] - 1] != key)
		slot = (slot + 1) % SLOTS;
	*fresh = slots[slot] == 0;
	if (*fresh && count == TABLE_LINES)
		sim_fail("more than %d lines: raise TABLE_LINES", TABLE_LINES);
	if (*fresh) {
		keys[count] = key;
		slots[slot] = ++count;
	}
	return slots[slot] - 1;
}
