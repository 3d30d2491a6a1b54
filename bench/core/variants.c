/* SPDX-License-Identifier: BSD-3-Clause */
#include "variants.h"

#include <stdlib.h>
#include <string.h>

const char *variants_of(const struct extram_strategy *strategy)
{
	const char *why, *variant = "";
	size_t bytes = (strategy->list_size + EXTRAM_APART - 1) / EXTRAM_APART * EXTRAM_APART;
	struct extram_list *list = aligned_alloc(EXTRAM_APART, bytes);
	/* If no list can be made, the cell's blocks fail and print the cause. */
	if (list != NULL && strategy->init(list, &why)) {
		variant = strategy->variant(list);
		strategy->fini(list);
	}
	free(list);
	return variant;
}

bool variants_is_fallback(const struct extram_strategy *strategy, const char *variant)
{
	return strcmp(variant, strategy->best_variant != NULL ? strategy->best_variant : "") != 0;
}
