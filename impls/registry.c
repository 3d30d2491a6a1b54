/* SPDX-License-Identifier: BSD-3-Clause */
/* Every strategy of this build. meson.build makes strategies.inc from its list: one line
 * EXTRAM_STRATEGY(name) for each. */
#include <string.h>

#include "extram.h"

#define EXTRAM_STRATEGY(name) extern const struct extram_strategy extram_##name;
#include "strategies.inc"
#undef EXTRAM_STRATEGY

const struct extram_strategy *const extram_strategies[] = {
#define EXTRAM_STRATEGY(name) &extram_##name,
#include "strategies.inc"
#undef EXTRAM_STRATEGY
    NULL,
};

const struct extram_strategy *extram_find(const char *name)
{
	for (size_t i = 0; extram_strategies[i] != NULL; i++)
		if (strcmp(extram_strategies[i]->name, name) == 0)
			return extram_strategies[i];
	return NULL;
}
