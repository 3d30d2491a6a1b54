/* SPDX-License-Identifier: BSD-3-Clause */
/* Memory of the explored program. Each run begins with all of it free, so addresses repeat, and a
 * run that breaks off leaks nothing. */
#ifndef ALLOC_H
#define ALLOC_H

/* The functions themselves are in hooks.h. */
void alloc_reset(void);

#endif
