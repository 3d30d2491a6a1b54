/* SPDX-License-Identifier: BSD-3-Clause */
/* The assembly of restartable sequences, read from its text. It knows the few instructions of
 * x86-64 and arm64 that such sequences need. */
#ifndef RSEQ_TEXT_H
#define RSEQ_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#define RSEQ_TEXT_LINES 64
#define RSEQ_TEXT_REGISTERS 12
#define RSEQ_TEXT_LABELS 10

enum rseq_op { RSEQ_DESCRIBE, RSEQ_LOAD, RSEQ_STORE, RSEQ_MOVE, RSEQ_ADD, RSEQ_SUB, RSEQ_SHIFT, RSEQ_COMPARE, RSEQ_TEST, RSEQ_JUMP };

enum rseq_condition { RSEQ_ALWAYS, RSEQ_EQ, RSEQ_NE, RSEQ_AE, RSEQ_B, RSEQ_BE, RSEQ_A, RSEQ_LE, RSEQ_L, RSEQ_G, RSEQ_GE };

enum rseq_operand_kind { RSEQ_NOTHING, RSEQ_REGISTER, RSEQ_NUMBER, RSEQ_MEMORY, RSEQ_LABEL, RSEQ_LSL };

/* NUMBER, LABEL, LSL: value. REGISTER: base. MEMORY: base + (index << shift) + value; index -1:
 * none. */
struct rseq_operand {
	enum rseq_operand_kind kind;
	int base, index;
	unsigned shift;
	int64_t value;
	bool narrow; /* named as 32 bits */
};

/* to = a op b; with b shifted left. Stores: a into to. Compares and tests: a with b. */
struct rseq_instruction {
	enum rseq_op op;
	enum rseq_condition condition;
	unsigned bits;
	struct rseq_operand to, a, b;
	unsigned shift;
	char line[48]; /* the text of the line, for reports */
};

struct rseq_text {
	struct rseq_instruction code[RSEQ_TEXT_LINES];
	int lines; /* all of them */
	int end;   /* where the main part ends; what was pushed to other sections follows */
	int label[RSEQ_TEXT_LABELS];
	int from, to, on_abort;       /* the sequence, from its descriptor: labels */
	const char *const *registers; /* names of operands */
	int register_count;
};

/* False: *why is the text that was not understood. */
bool rseq_text_read(struct rseq_text *t, const char *text, const char **why);

#endif
