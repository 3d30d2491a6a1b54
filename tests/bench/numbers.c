/* SPDX-License-Identifier: BSD-3-Clause */
/* Prints what cpu_numbers_end and sysconf say, for tests that show it another machine. */
#include "cpu_numbers.h"

int main(void)
{
	printf("%u %ld\n", cpu_numbers_end(), sysconf(_SC_NPROCESSORS_CONF));
	return 0;
}
