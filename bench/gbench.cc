/* SPDX-License-Identifier: BSD-3-Clause */
#include "gbench.h"

#include <benchmark/benchmark.h>

#include <cstring>
#include <string>
#include <vector>

struct gbench_state {
	benchmark::State *state;
	double seconds;
};

namespace
{

/* The progress line and the table are ours; the library's console output would stand between them. */
class silent_reporter : public benchmark::BenchmarkReporter
{
      public:
	bool ReportContext(const Context &) override
	{
		return true;
	}
	void ReportRuns(const std::vector<Run> &) override
	{
	}
};

void run_body(benchmark::State &state, gbench_body *body, void *arg)
{
	gbench_state s{&state, 0};
	for (auto _ : state) {
		if (!body(&s, arg))
			state.SkipWithError("the block failed");
		else
			state.SetIterationTime(s.seconds);
	}
}

} // namespace

extern "C" bool gbench_init(int *argc, char **argv)
{
	/* Only its own options: it would answer --help and what else is ours. The default comes first, so that a given one wins. */
	static char interleave[] = "--benchmark_enable_random_interleaving=true";
	static std::vector<char *> theirs;
	int ours = 1;
	theirs = {argv[0], interleave};
	for (int i = 1; i < *argc; i++)
		if (std::strncmp(argv[i], "--benchmark_", 12) == 0)
			theirs.push_back(argv[i]);
		else
			argv[ours++] = argv[i];
	argv[ours] = nullptr;
	*argc = ours;
	int count = static_cast<int>(theirs.size());
	theirs.push_back(nullptr);
	benchmark::Initialize(&count, theirs.data());
	return !benchmark::ReportUnrecognizedArguments(count, theirs.data());
}

extern "C" void gbench_register(const char *name, gbench_body *body, void *arg, int repetitions)
{
	benchmark::RegisterBenchmark(name, run_body, body, arg)->Iterations(1)->Repetitions(repetitions)->UseManualTime();
}

extern "C" size_t gbench_run(const char *filter)
{
	silent_reporter reporter;
	return filter == nullptr ? benchmark::RunSpecifiedBenchmarks(&reporter)
				 : benchmark::RunSpecifiedBenchmarks(&reporter, std::string(filter));
}

extern "C" void gbench_set_seconds(struct gbench_state *state, double seconds)
{
	state->seconds = seconds;
}

extern "C" void gbench_counter(struct gbench_state *state, const char *name, double value)
{
	state->state->counters[name] = value;
}
