/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Every strategy under the model's clock, in many small runs: could a list have answered like this?
 * The explorer's judge says so. Times differ from run to run, and so do the orders of operations.
 */
#include "judge.h"
#include "on_machine.h"
#include "random.h"
#include "recorded.h"

#define THREADS 3
#define PARKED 2 /* fewer than threads, so that gets return NULL */
#define TURNS 4
#define RUNS 300

int check_failures;

static const struct client client = {.name = "judged", .parked = PARKED, .threads = THREADS};
static const struct extram_strategy *strategy;
static struct extram_list *list;
static struct world_m ms[WORLD_MS];
static uint64_t stamps[WORLD_MS], draws;
static bool parked[WORLD_MS];
static uint32_t nulls, lasts; /* gets that returned NULL, or said last */

UNSEEN static uint64_t draw(uint64_t most)
{
	return random_between(&draws, 0, most);
}

/* What the judge looks for at the end, and what came of it. */
UNSEEN static int got(const struct m *mp, bool last)
{
	int number = mp == NULL ? RECORDED_NONE : (int)((const struct world_m *)mp - ms);
	nulls += mp == NULL;
	lasts += last;
	if (mp != NULL)
		parked[number] = false;
	return number;
}

UNSEEN static int put_back(const struct m *mp)
{
	int number = (int)((const struct world_m *)mp - ms);
	parked[number] = true;
	return number;
}

static void setup(void)
{
	const char *why;
	recorded_reset();
	list = aligned_alloc(EXTRAM_APART, (strategy->list_size + EXTRAM_APART - 1) / EXTRAM_APART * EXTRAM_APART);
	CHECK(strategy->init(list, &why));
	for (int i = 0; i < WORLD_MS; i++) {
		parked[i] = i < PARKED;
		atomic_init(&ms[i].m.schedlink, NULL);
		atomic_init(&ms[i].m.depth, 0);
		CHECK(strategy->admit(list, &ms[i].m, &why));
		if (i < PARKED)
			strategy->put(list, &ms[i].m);
	}
}

static void pair(int id)
{
	bool last = false;
	unsigned op = recorded_get(id);
	struct m *mp = strategy->get(list, true, &last);
	fence();
	recorded_answer(op, got(mp, last), last);
	if (mp == NULL)
		return;
	cpus_work(draw(200) * EVENTS_NS);
	op = recorded_put(id, put_back(mp));
	strategy->put(list, mp);
	fence();
	recorded_answer(op, RECORDED_NONE, false);
}

static void body(int id)
{
	for (int turn = 0; turn < TURNS; turn++) {
		cpus_work(draw(200) * EVENTS_NS);
		pair(id);
	}
	unsigned op = recorded_exit(id);
	strategy->thread_exit(list);
	fence();
	recorded_answer(op, RECORDED_NONE, false);
}

static void verdict(void)
{
	judge_list(&(struct judged){.strategy = strategy, .client = &client, .list = list, .ms = ms, .stamps = stamps, .parked = parked});
}

static void judge(const uint32_t *place, uint64_t seed)
{
	struct client_program program = {.name = strategy->name, .setup = setup, .body = body, .check = verdict};
	struct runs_plan plan = {
	    .program = &program, .threads = THREADS, .place = place, .seed = seed, .instructions = -1, .length_ps = 1000000 * EVENTS_NS};
	struct runs_result result;
	draws = seed;
	CHECK(runs_run(&plan, &result));
}

static void judge_all(void)
{
	static const uint32_t places[][THREADS] = {{0, 2, 4}, {0, 1, 2}, {0, 0, 4}};
	for (int i = 0; extram_strategies[i] != NULL; i++) {
		strategy = extram_strategies[i];
		judge_reset();
		for (uint64_t seed = 0; seed < RUNS; seed++)
			judge(places[seed % 3], seed);
	}
}

int main(int argc, char **argv)
{
	machine_file = argc > 1 ? argv[1] : "";
	CHECK(machine_read(machine_file) && machine_set("instruction=1") && machine_set("slice=150") && machine_set("buffered=8"));
	judge_all();
	CHECK(nulls > RUNS && lasts > RUNS);
	return check_failures == 0 ? 0 : 1;
}
