/* SPDX-License-Identifier: BSD-3-Clause */
#include "distributions.h"

#include <stdio.h>
#include <stdlib.h>

#include "hgrm.h"

static bool no_memory(void)
{
	fprintf(stderr, "extram-bench: no memory for histograms\n");
	return false;
}

bool distributions_begin(struct distributions *d, const struct cells *cells)
{
	*d = (struct distributions){cells, calloc(cells->count, sizeof(struct histogram *))};
	return d->of != NULL || no_memory();
}

bool distributions_add(struct distributions *d, const struct cell *cell, const struct histogram *h)
{
	struct histogram **all = &d->of[cell - d->cells->all];
	if (*all == NULL && (*all = calloc(1, sizeof(**all))) == NULL)
		return no_memory();
	histogram_add(*all, h);
	return true;
}

bool distributions_write(const struct distributions *d, const char *stem, const struct machine *machine, const char *run_id)
{
	char *folder;
	bool ready = false;
	bool ok = true;
	if (asprintf(&folder, "%s.hgrm", stem) < 0)
		return no_memory();
	for (uint32_t i = 0; ok && i < d->cells->count; i++) {
		const struct cell *cell = &d->cells->all[i];
		const struct hgrm_notes notes = {cell->name, run_id, machine->source, machine->fingerprint, cell->done};
		if (d->of[i] == NULL || d->of[i]->total == 0)
			continue;
		ready = ready || hgrm_prepare(folder);
		ok = ready && hgrm_write(folder, &notes, d->of[i]);
	}
	free(folder);
	return ok;
}

void distributions_free(struct distributions *d)
{
	for (uint32_t i = 0; i < d->cells->count; i++)
		free(d->of[i]);
	free(d->of);
}
