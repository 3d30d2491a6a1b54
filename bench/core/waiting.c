/* SPDX-License-Identifier: BSD-3-Clause */
#include "waiting.h"

#include <string.h>

/* meson.build compiles every strategy once for each way to wait, under these names. */
#define EXTRAM_STRATEGY(name) extern const struct extram_strategy waiting_poll_##name, waiting_backoff_##name, waiting_futex_##name;
#include "strategies.inc"
#include "peers.inc"
#undef EXTRAM_STRATEGY

#define EXTRAM_STRATEGY(name) {&waiting_poll_##name, &waiting_backoff_##name, &waiting_futex_##name},
static const struct extram_strategy *const all[][WAITING_WAYS] = {
#include "strategies.inc"
#include "peers.inc"
};
#undef EXTRAM_STRATEGY

const struct extram_strategy *waiting_strategy(const char *name, enum waiting waiting)
{
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (strcmp(all[i][waiting]->name, name) == 0) {
			bool own = strcmp(all[i][WAITING_POLL]->waiting, all[i][WAITING_FUTEX]->waiting) == 0;
			return own ? NULL : all[i][waiting];
		}
	return NULL;
}
