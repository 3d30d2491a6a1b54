/* SPDX-License-Identifier: BSD-3-Clause */
#include "waiting.h"

#include <string.h>

/* meson.build compiles every strategy once for each way to wait, under these names. */
#define EXTRAM_STRATEGY(name) extern const struct extram_strategy waiting_poll_##name, waiting_backoff_##name, waiting_futex_##name;
#include "strategies.inc"
#include "peers/strategies.inc"
#undef EXTRAM_STRATEGY

#define EXTRAM_STRATEGY(name) {&waiting_poll_##name, &waiting_backoff_##name, &waiting_futex_##name},
static const struct extram_strategy *const all[][WAITING_WAYS] = {
#include "strategies.inc"
#include "peers/strategies.inc"
};
#undef EXTRAM_STRATEGY

static const char *const names[WAITING_WAYS] = {"poll", "backoff", "futex"};

const char *waiting_name(enum waiting waiting)
{
	return names[waiting];
}

const struct extram_strategy *waiting_strategy(const char *name, enum waiting waiting)
{
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (strcmp(all[i][waiting]->name, name) == 0)
			return strcmp(all[i][waiting]->waiting, names[waiting]) == 0 ? all[i][waiting] : NULL;
	return NULL;
}
