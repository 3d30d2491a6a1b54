/* SPDX-License-Identifier: BSD-3-Clause */
/* The tests that contract.c lists. Each takes the strategy as *state. */
#ifndef CONTRACT_H
#define CONTRACT_H

/* alone.c */
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

/* borders.c */
void contract_refuses(void **state);
void contract_any_two(void **state);

/* threads.c */
void contract_handover(void **state);
void contract_waiters(void **state);
void contract_waits_for_put(void **state);
void contract_not_counted(void **state);
void contract_thread_exit(void **state);
void contract_never_empty(void **state);
void contract_one_empties(void **state);

/* stays.c */
void contract_putter_stays(void **state);
void contract_last_comes_back(void **state);
void contract_other_cpu(void **state);
void contract_two_stay(void **state);
void contract_two_stay_idle(void **state);
void contract_woken_in_vain(void **state);

/* lists.c */
void contract_two_lists(void **state);
void contract_list_ends(void **state);
void contract_two_lists_shared(void **state);
void contract_waits_apart(void **state);

/* admits.c */
void contract_admits_meet(void **state);
void contract_first_admits_meet(void **state);
void contract_admits_beside_pairs(void **state);

/* ends.c */
void contract_exit_with_m_out(void **state);
void contract_destructors(void **state);
void contract_end_blocks_signals(void **state);
void contract_threads_outlive(void **state);

#endif
