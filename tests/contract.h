/* SPDX-License-Identifier: BSD-3-Clause */
/* The tests that contract.c lists. Each takes the strategy as *state. */
#ifndef CONTRACT_H
#define CONTRACT_H

/* contract_alone.c */
void contract_described(void **state);
void contract_empty(void **state);
void contract_one(void **state);
void contract_order(void **state);
void contract_walk(void **state);
void contract_walk_over_cpus(void **state);
void contract_many(void **state);
void contract_again(void **state);
void contract_admit(void **state);
void contract_in_handler(void **state);

/* contract_threads.c */
void contract_handover(void **state);
void contract_waiters(void **state);
void contract_waits_for_put(void **state);
void contract_not_counted(void **state);
void contract_thread_exit(void **state);
void contract_never_empty(void **state);
void contract_one_empties(void **state);

/* contract_stays.c */
void contract_putter_stays(void **state);
void contract_last_comes_back(void **state);
void contract_other_cpu(void **state);

#endif
