/* SPDX-License-Identifier: BSD-3-Clause */
/* What the files of kernels share. */
#ifndef MODEL_KERNELS_H
#define MODEL_KERNELS_H

#include "client.h"
#include "extram.h"

#define KERNELS_APART _Alignas(EXTRAM_APART)

/* A loop of one kernel. The functions are inlined into it. */
#define KERNELS_BODY(name, enter, leave)                                                                                                   \
	static void name##_body(int id)                                                                                                    \
	{                                                                                                                                  \
		(void)id;                                                                                                                  \
		while (client_more()) {                                                                                                    \
			enter;                                                                                                             \
			client_hold();                                                                                                     \
			leave;                                                                                                             \
			client_think();                                                                                                    \
		}                                                                                                                          \
	}

#define KERNELS_LOCK(name, enter, leave) KERNELS_BODY(name, (enter, client_enter()), (client_leave(), leave))

/* Locks with a queue of waiters. A NULL name ends them. */
extern const struct client_program kernels_queues[];

#endif
