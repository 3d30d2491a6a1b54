/* SPDX-License-Identifier: BSD-3-Clause */
/* The program's list of strategies, with the crooked one alone. It waits in one way. */
#include "crooked.h"
#include "wait.h"
#include "waiting.h"

const struct loops *const loops_all[] = {&loops_crooked, NULL};

const struct extram_strategy *waiting_strategy(const char *name, enum waiting waiting)
{
	(void)name, (void)waiting;
	return NULL;
}
