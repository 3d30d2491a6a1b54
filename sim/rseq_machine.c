/* SPDX-License-Identifier: BSD-3-Clause */
/* Runs restartable sequences, one instruction at a time: see hooks.h. */
#include "hooks.h"
#include "machine.h"
#include "rseq_text.h"

#define TEXTS 4
#define CPU_AT 4   /* where struct rseq has the CPU number */
#define CS_AT 8    /* where it has the descriptor's address */
#define STEPS 1000 /* of one run of a text */

/* Stands for each thread's struct rseq. Nothing else looks at it. */
static char area[SIM_THREADS + 1][32];

struct machine {
	const struct rseq_text *text;
	struct rseq_register *registers;
	uint64_t self;
	uint64_t cs; /* the descriptor that is announced; 0: none */
	uint64_t left, right;
	unsigned bits; /* of left and right, which were compared last */
	int at;
};

static const struct rseq_text *text_of(const char *source, struct rseq_register *registers, int n)
{
	static struct {
		const char *source;
		const char *names[RSEQ_TEXT_REGISTERS];
		struct rseq_text text;
	} texts[TEXTS];
	static int count;
	const char *why;
	for (int i = 0; i < count; i++)
		if (texts[i].source == source)
			return &texts[i].text;
	if (count == TEXTS || n > RSEQ_TEXT_REGISTERS)
		sim_fail("more than %d sequences, or %d operands: raise TEXTS, RSEQ_TEXT_REGISTERS", TEXTS, RSEQ_TEXT_REGISTERS);
	for (int i = 0; i < n; i++)
		texts[count].names[i] = registers[i].name;
	texts[count].source = source;
	texts[count].text.registers = texts[count].names;
	texts[count].text.register_count = n;
	if (!rseq_text_read(&texts[count].text, source, &why))
		sim_fail("the machine does not understand: %s", why);
	return &texts[count++].text;
}

static uint64_t cpu_number(void)
{
	if (sim_self == NULL)
		return 0;
	driver_event(SIM_CPU_NUMBER, NULL);
	return (uint64_t)sim_self->cpu;
}

static uint64_t narrow(uint64_t value, unsigned bits)
{
	return bits == 32 ? (uint32_t)value : value;
}

static uint64_t value_of(const struct machine *m, const struct rseq_operand *o, unsigned bits)
{
	return narrow(o->kind == RSEQ_REGISTER ? m->registers[o->base].value : (uint64_t)o->value, bits);
}

static uint64_t address_of(const struct machine *m, const struct rseq_operand *o)
{
	uint64_t address = m->registers[o->base].value + (uint64_t)o->value;
	return o->index < 0 ? address : address + (m->registers[o->index].value << o->shift);
}

/* The turn of the step was before the instruction: see interrupted. */
static uint64_t touch(enum sim_kind kind, uint64_t address, unsigned bits, uint64_t value)
{
	struct sim_access a = {.kind = kind,
			       .size = bits / 8,
			       .address = (volatile void *)(uintptr_t)address,
			       .order = memory_order_relaxed,
			       .section = true,
			       .operand = {value}};
	machine_access_now(&a);
	return a.found[0];
}

static uint64_t load(struct machine *m, uint64_t address, unsigned bits)
{
	if (address == m->self + CPU_AT)
		return cpu_number();
	if (address - m->self < sizeof(area[0]))
		sim_fail("a sequence reads a field of struct rseq that is not modelled");
	return touch(SIM_LOAD, address, bits, 0);
}

static void store(struct machine *m, uint64_t address, unsigned bits, uint64_t value)
{
	if (address == m->self + CS_AT)
		m->cs = value;
	else if (address - m->self < sizeof(area[0]))
		sim_fail("a sequence writes a field of struct rseq that is not modelled");
	else
		touch(SIM_STORE, address, bits, value);
}

static bool holds(const struct machine *m, enum rseq_condition condition)
{
	uint64_t a = m->left, b = m->right;
	int64_t sa = m->bits == 32 ? (int32_t)a : (int64_t)a, sb = m->bits == 32 ? (int32_t)b : (int64_t)b;
	const bool truth[] = {true, a == b, a != b, a >= b, a<b, a <= b, a> b, sa <= sb, sa<sb, sa> sb, sa >= sb};
	return truth[condition];
}

static void set(struct machine *m, const struct rseq_instruction *i, uint64_t value)
{
	m->registers[i->to.base].value = narrow(value, i->bits);
}

static void compare(struct machine *m, uint64_t left, uint64_t right, unsigned bits)
{
	m->left = left;
	m->right = right;
	m->bits = bits;
}

static void execute(struct machine *m, const struct rseq_instruction *i)
{
	uint64_t a = i->a.kind == RSEQ_MEMORY ? 0 : value_of(m, &i->a, i->bits);
	uint64_t b = i->b.kind == RSEQ_MEMORY ? 0 : value_of(m, &i->b, i->bits) << i->shift;
	m->at++;
	switch (i->op) {
	case RSEQ_DESCRIBE:
		set(m, i, (uintptr_t)m->text);
		break;
	case RSEQ_LOAD:
		set(m, i, load(m, address_of(m, &i->a), i->bits));
		break;
	case RSEQ_STORE:
		store(m, address_of(m, &i->to), i->bits, a);
		break;
	case RSEQ_MOVE:
		set(m, i, a);
		break;
	case RSEQ_ADD:
		set(m, i, a + b);
		break;
	case RSEQ_SUB:
		set(m, i, a - b);
		break;
	case RSEQ_SHIFT:
		set(m, i, a << b);
		break;
	case RSEQ_COMPARE:
		compare(m, a, b, i->bits);
		break;
	case RSEQ_TEST:
		compare(m, a & b, 0, i->bits);
		break;
	case RSEQ_JUMP:
		if (holds(m, i->condition))
			m->at = m->text->label[i->to.value];
		break;
	}
}

static bool touches_memory(const struct machine *m, const struct rseq_instruction *i)
{
	const struct rseq_operand *o = i->op == RSEQ_LOAD ? &i->a : i->op == RSEQ_STORE ? &i->to : NULL;
	return o != NULL && address_of(m, o) - m->self >= sizeof(area[0]);
}

/* The kernel's part, and the turn of a step. True: the sequence was aborted, and starts over. */
static bool interrupted(struct machine *m, const struct rseq_instruction *i)
{
	struct sim_thread *t = sim_self;
	const struct rseq_text *text = m->text;
	if (t == NULL)
		return false;
	t->in_section = m->cs == (uintptr_t)text && m->at >= text->label[text->from] && m->at < text->label[text->to];
	if (touches_memory(m, i))
		sim_turn(SIM_STEP, 0);
	bool aborted = (m->at <= text->label[text->from] || t->in_section) && driver_disturb() && t->in_section;
	aborted |= t->aborted;
	t->in_section = t->aborted = false;
	if (!aborted)
		return false;
	driver_event(SIM_ABORTED, NULL);
	m->cs = 0;
	m->at = text->label[text->on_abort];
	return true;
}

void hooks_sequence(const char *source, struct rseq_register *registers, int n)
{
	struct machine m = {.text = text_of(source, registers, n), .registers = registers, .self = hooks_rseq_self()};
	for (int steps = 0; m.at != m.text->end; steps++) {
		if (steps == STEPS || m.at < 0 || m.at >= m.text->lines)
			sim_fail("a restartable sequence does not come to its end");
		const struct rseq_instruction *i = &m.text->code[m.at];
		if (!interrupted(&m, i))
			execute(&m, i);
	}
}

uint64_t hooks_rseq_self(void)
{
	return (uintptr_t)area[sim_self == NULL ? SIM_THREADS : sim_self->id];
}

static void barrier(int cpu)
{
	if (sim_self == NULL)
		return;
	sim_turn(SIM_STEP, 0);
	driver_barrier(cpu);
	if (cpu >= 0)
		fibers_abort(cpu, NULL);
}

/* Models only the commands that need registration. A program that uses them without registration
 * fails on a real machine too. */
void machine_membarrier(int cmd, int cpu)
{
	if (cmd == MEMBARRIER_CMD_PRIVATE_EXPEDITED)
		barrier(-1);
	else if (cmd == MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ)
		barrier(cpu);
}

unsigned hooks_cpu(void)
{
	if (sim_self == NULL)
		return 0;
	driver_disturb();
	return (unsigned)sim_self->cpu;
}

uint32_t hooks_cpus(void)
{
	return (uint32_t)driver_cpus();
}
