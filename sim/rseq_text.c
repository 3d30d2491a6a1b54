/* SPDX-License-Identifier: BSD-3-Clause */
#include "rseq_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct mnemonic {
	const char *name;
	enum rseq_op op;
	enum rseq_condition condition;
	unsigned bits; /* 0: arm64, where registers say it */
};

static const struct mnemonic mnemonics[] = {
    {"leaq", RSEQ_DESCRIBE, 0, 64},  {"movq", RSEQ_MOVE, 0, 64},      {"movl", RSEQ_MOVE, 0, 32},      {"addq", RSEQ_ADD, 0, 64},
    {"addl", RSEQ_ADD, 0, 32},       {"subq", RSEQ_SUB, 0, 64},       {"subl", RSEQ_SUB, 0, 32},       {"shlq", RSEQ_SHIFT, 0, 64},
    {"cmpl", RSEQ_COMPARE, 0, 32},   {"cmpq", RSEQ_COMPARE, 0, 64},   {"testl", RSEQ_TEST, 0, 32},     {"testq", RSEQ_TEST, 0, 64},
    {"jmp", RSEQ_JUMP, 0, 64},       {"je", RSEQ_JUMP, RSEQ_EQ, 64},  {"jz", RSEQ_JUMP, RSEQ_EQ, 64},  {"jne", RSEQ_JUMP, RSEQ_NE, 64},
    {"jnz", RSEQ_JUMP, RSEQ_NE, 64}, {"jae", RSEQ_JUMP, RSEQ_AE, 64}, {"jb", RSEQ_JUMP, RSEQ_B, 64},   {"jbe", RSEQ_JUMP, RSEQ_BE, 64},
    {"ja", RSEQ_JUMP, RSEQ_A, 64},   {"jle", RSEQ_JUMP, RSEQ_LE, 64}, {"jl", RSEQ_JUMP, RSEQ_L, 64},   {"jg", RSEQ_JUMP, RSEQ_G, 64},
    {"jge", RSEQ_JUMP, RSEQ_GE, 64}, {"adrp", RSEQ_DESCRIBE, 0, 0},   {"mov", RSEQ_MOVE, 0, 0},        {"ldr", RSEQ_LOAD, 0, 0},
    {"str", RSEQ_STORE, 0, 0},       {"add", RSEQ_ADD, 0, 0},         {"sub", RSEQ_SUB, 0, 0},         {"cmp", RSEQ_COMPARE, 0, 0},
    {"b", RSEQ_JUMP, 0, 0},          {"b.eq", RSEQ_JUMP, RSEQ_EQ, 0}, {"b.ne", RSEQ_JUMP, RSEQ_NE, 0}, {"b.hs", RSEQ_JUMP, RSEQ_AE, 0},
    {"b.lo", RSEQ_JUMP, RSEQ_B, 0},  {"b.ls", RSEQ_JUMP, RSEQ_BE, 0}, {"b.hi", RSEQ_JUMP, RSEQ_A, 0},  {"b.le", RSEQ_JUMP, RSEQ_LE, 0},
    {"b.lt", RSEQ_JUMP, RSEQ_L, 0},  {"b.gt", RSEQ_JUMP, RSEQ_G, 0},  {"b.ge", RSEQ_JUMP, RSEQ_GE, 0},
};

static char *trim(char *s)
{
	s += strspn(s, " \t");
	for (size_t n = strlen(s); n > 0 && strchr(" \t", s[n - 1]) != NULL; n--)
		s[n - 1] = '\0';
	return s;
}

/* Splits at commas outside brackets. Returns the number of pieces. */
static int split(char *s, char **piece, int max)
{
	int n = 0, depth = 0;
	piece[n++] = s;
	for (; *s != '\0'; s++) {
		depth += (*s == '(' || *s == '[') - (*s == ')' || *s == ']');
		if (*s != ',' || depth != 0)
			continue;
		if (n == max)
			return max + 1;
		*s = '\0';
		piece[n++] = s + 1;
	}
	for (int i = 0; i < n; i++)
		piece[i] = trim(piece[i]);
	return n;
}

/* %[name], %k[name] (x86-64) or %w[name] (arm64). -1: no operand of that name. */
static int read_register(const struct rseq_text *t, const char *s, bool *narrow)
{
	if (*s++ != '%')
		return -1;
	*narrow = *s == 'k' || *s == 'w';
	s += *narrow;
	for (int i = 0; i < t->register_count; i++) {
		size_t n = strlen(t->registers[i]);
		if (*s == '[' && strncmp(s + 1, t->registers[i], n) == 0 && strcmp(s + 1 + n, "]") == 0)
			return i;
	}
	return -1;
}

/* 8(base, index, 8) or [base, #8] or [base, index, lsl #3]. */
static bool read_memory(const struct rseq_text *t, char *s, struct rseq_operand *o)
{
	char *piece[3], *open = s + strcspn(s, "([");
	bool narrow, arm = *open == '[';
	o->kind = RSEQ_MEMORY;
	o->value = strtol(s, NULL, 10);
	o->index = -1;
	if (open[0] == '\0')
		return false;
	open[strlen(open) - 1] = '\0';
	int n = split(open + 1, piece, 3);
	if (n > 3 || (o->base = read_register(t, piece[0], &narrow)) < 0)
		return false;
	if (n == 2 && piece[1][0] == '#') {
		o->value = strtol(piece[1] + 1, NULL, 0);
		return true;
	}
	if (n >= 2 && (o->index = read_register(t, piece[1], &narrow)) < 0)
		return false;
	if (n == 3 && arm)
		return sscanf(piece[2], "lsl #%u", &o->shift) == 1;
	if (n == 3)
		o->shift = (unsigned)__builtin_ctz((unsigned)atoi(piece[2]));
	return true;
}

static bool read_operand(const struct rseq_text *t, char *s, struct rseq_operand *o)
{
	memset(o, 0, sizeof(*o));
	if (strncmp(s, "lsl #", 5) == 0) {
		*o = (struct rseq_operand){.kind = RSEQ_LSL, .value = atoi(s + 5)};
	} else if (strncmp(s, ":lo12:", 6) == 0) {
		*o = (struct rseq_operand){.kind = RSEQ_NUMBER}; /* the second half of adrp, which has done all of it */
	} else if (*s == '$' || *s == '#') {
		*o = (struct rseq_operand){.kind = RSEQ_NUMBER, .value = strtol(s + 1, NULL, 0)};
	} else if (*s == '%') {
		o->kind = RSEQ_REGISTER;
		o->base = read_register(t, s, &o->narrow);
		return o->base >= 0;
	} else if (s[0] >= '0' && s[0] <= '9' && (s[1] == 'b' || s[1] == 'f')) {
		*o = (struct rseq_operand){.kind = RSEQ_LABEL, .value = s[0] - '0'};
	} else {
		return read_memory(t, s, o);
	}
	return true;
}

/* x86-64: source, destination. A move is a load or a store where memory is one of them. */
static bool arrange_x86(struct rseq_instruction *i, struct rseq_operand *o, int n)
{
	if (i->op == RSEQ_JUMP) {
		i->to = o[0];
		return n == 1;
	}
	i->to = o[1];
	i->a = o[i->op == RSEQ_MOVE || i->op == RSEQ_DESCRIBE ? 0 : 1];
	i->b = o[0];
	if (i->op == RSEQ_MOVE && o[0].kind == RSEQ_MEMORY)
		i->op = RSEQ_LOAD;
	else if (i->op == RSEQ_MOVE && o[1].kind == RSEQ_MEMORY)
		i->op = RSEQ_STORE;
	return n == 2 && (i->op == RSEQ_LOAD || i->a.kind != RSEQ_MEMORY) && (i->op == RSEQ_STORE || i->to.kind != RSEQ_MEMORY);
}

/* arm64: destination first, but for stores. */
static bool arrange_arm(struct rseq_instruction *i, struct rseq_operand *o, int n)
{
	i->bits = o[0].narrow ? 32 : 64;
	i->to = o[i->op == RSEQ_STORE];
	i->a = o[i->op == RSEQ_STORE || i->op == RSEQ_COMPARE ? 0 : 1];
	i->b = o[i->op == RSEQ_COMPARE ? 1 : 2];
	if (n == 4 && o[3].kind == RSEQ_LSL)
		i->shift = (unsigned)o[3].value;
	return n == (i->op == RSEQ_JUMP ? 1 : i->op == RSEQ_ADD || i->op == RSEQ_SUB ? 3 + (n == 4) : 2);
}

static bool read_instruction(const struct rseq_text *t, char *line, struct rseq_instruction *i)
{
	struct rseq_operand o[4] = {0};
	char *piece[4];
	memset(i, 0, sizeof(*i));
	snprintf(i->line, sizeof(i->line), "%.47s", line);
	size_t length = strcspn(line, " \t");
	const struct mnemonic *m = mnemonics, *end = m + sizeof(mnemonics) / sizeof(*m);
	while (m < end && (strlen(m->name) != length || strncmp(m->name, line, length) != 0))
		m++;
	if (m == end)
		return false;
	i->op = m->op;
	i->condition = m->condition;
	i->bits = m->bits;
	int n = split(line + length, piece, 4);
	if (n > 4)
		return false;
	for (int k = 0; k < n; k++)
		if (!read_operand(t, piece[k], &o[k]))
			return false;
	return m->bits != 0 ? arrange_x86(i, o, n) : arrange_arm(i, o, n);
}

/* Reads a directive. Of the descriptor it keeps the labels of the sequence. All else is for the
 * assembler. */
static void read_directive(struct rseq_text *t, const char *line)
{
	int from, to, from_again, on_abort;
	if (sscanf(line, ".quad %df, %df - %df, %df", &from, &to, &from_again, &on_abort) == 4 && from == from_again) {
		t->from = from;
		t->to = to;
		t->on_abort = on_abort;
	}
}

/* One of two passes: the main part, or what is pushed to other sections. */
static bool read_pass(struct rseq_text *t, const char *text, bool pushed, const char **why)
{
	bool inside = false;
	while (*text != '\0') {
		static char copy[128];
		size_t n = strcspn(text, "\n");
		snprintf(copy, sizeof(copy), "%.*s", (int)n, text);
		text += n + (text[n] == '\n');
		char *line = trim(copy);
		if (strncmp(line, ".pushsection", 12) == 0 || strncmp(line, ".popsection", 11) == 0)
			inside = line[2] == 'u';
		bool mine = inside == pushed;
		if (line[0] >= '0' && line[0] <= '9' && line[1] == ':') {
			if (mine)
				t->label[line[0] - '0'] = t->lines;
			line = trim(line + 2);
		}
		if (line[0] == '.')
			read_directive(t, line);
		if (!mine || line[0] == '.' || line[0] == '\0')
			continue;
		*why = copy;
		if (t->lines >= RSEQ_TEXT_LINES - 1 || !read_instruction(t, line, &t->code[t->lines++]))
			return false;
	}
	return true;
}

bool rseq_text_read(struct rseq_text *t, const char *text, const char **why)
{
	memset(t->label, -1, sizeof(t->label));
	t->lines = t->from = t->to = t->on_abort = 0;
	if (!read_pass(t, text, false, why))
		return false;
	t->end = t->lines++; /* a line without an instruction, so that the end is not the first line of another section */
	if (!read_pass(t, text, true, why))
		return false;
	*why = "no descriptor of a sequence";
	return t->to != 0 && t->label[t->from] >= 0 && t->label[t->to] >= 0 && t->label[t->on_abort] > t->end;
}
