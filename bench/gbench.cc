/* SPDX-License-Identifier: BSD-3-Clause */
#include "gbench.h"

#include <benchmark/benchmark.h>

#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

struct gbench_state {
	benchmark::State *state;
	double seconds;
};

namespace
{

/*
 * The library rewrites its file each time it runs, but a run here has many rounds. So this code
 * drives the library's JSON reporter itself: one head, the blocks of all rounds, one end. Nothing
 * is displayed.
 */
class rounds_reporter : public benchmark::BenchmarkReporter
{
      public:
	bool begin(const char *path)
	{
		file.open(path);
		json.SetOutputStream(&file);
		json.SetErrorStream(&file);
		return file.good();
	}
	bool end()
	{
		if (!file.is_open())
			return true;
		json.Finalize();
		file.close();
		return file.good();
	}
	bool ReportContext(const Context &context) override
	{
		if (rounds++ == 0 && file.is_open())
			json.ReportContext(context);
		return true;
	}
	void ReportRuns(const std::vector<Run> &runs) override
	{
		std::vector<Run> kept;
		for (const Run &run : runs)
			if (!left_out) {
				kept.push_back(run);
				kept.back().repetition_index = rounds - 1;
			}
		if (file.is_open() && !kept.empty())
			json.ReportRuns(kept);
	}
	bool left_out = false; /* the last body had nothing to do */

      private:
	benchmark::JSONReporter json;
	std::ofstream file;
	int rounds = 0;
};

rounds_reporter *reporter;
const char *out_path;

void run_body(benchmark::State &state, gbench_body *body, void *arg)
{
	gbench_state s{&state, 0};
	for (auto _ : state) {
		enum gbench_outcome outcome = body(&s, arg);
		reporter->left_out = outcome == GBENCH_LEFT_OUT;
		if (outcome != GBENCH_DONE)
			state.SkipWithError("the block failed");
		else
			state.SetIterationTime(s.seconds);
	}
}

/* The library's options in all versions from 1.7, and their effect here. */
enum class use { takes, with_out, none };

struct option {
	const char *name;
	use does;
	const char *instead;
};

const option options[] = {
    {"benchmark_out", use::none, " without =FILE"},
    {"benchmark_enable_random_interleaving", use::takes, ""},
    {"benchmark_out_format", use::none, ": --benchmark_out writes JSON"},
    {"benchmark_report_aggregates_only", use::none, ": each block is a separate run"},
    {"benchmark_context", use::with_out, ""},
    {"benchmark_time_unit", use::with_out, ""},
    {"benchmark_list_tests", use::none, ": --list prints the cells"},
    {"benchmark_repetitions", use::none, ": --repetitions sets the blocks for each cell"},
    {"benchmark_min_time", use::none, ": --block-ms sets the length of a block"},
    {"benchmark_min_warmup_time", use::none, ": blocks warm up by themselves"},
    {"benchmark_dry_run", use::none, ": --list prints the cells"},
    {"benchmark_display_aggregates_only", use::none, ": extram-bench prints its own table"},
    {"benchmark_format", use::none, ": extram-bench prints its own table"},
    {"benchmark_color", use::none, ": extram-bench prints its own table"},
    {"benchmark_counters_tabular", use::none, ": extram-bench prints its own table"},
    {"benchmark_perf_counters", use::none, ""},
};

/* Reports whether the argument is that option, with or without a value. */
bool names(const char *arg, const char *name)
{
	size_t length = std::strlen(name);
	return std::strncmp(arg, "--", 2) == 0 && std::strncmp(arg + 2, name, length) == 0 &&
	       (arg[2 + length] == '=' || arg[2 + length] == 0);
}

bool given(const std::vector<char *> &arguments, const char *name)
{
	for (const char *arg : arguments)
		if (names(arg, name))
			return true;
	return false;
}

bool all_do_something(const std::vector<char *> &arguments)
{
	for (const option &one : options) {
		if (!given(arguments, one.name))
			continue;
		if (one.does == use::none)
			std::fprintf(stderr, "extram-bench: --%s has no effect here%s\n", one.name, one.instead);
		else if (one.does == use::with_out && out_path == nullptr)
			std::fprintf(stderr, "extram-bench: --%s has no effect without --benchmark_out\n", one.name);
		else
			continue;
		return false;
	}
	return true;
}

/*
 * The library also reads options from the environment, before main. A run must match its command
 * line.
 */
bool set_in_environment(const char *option)
{
	std::string name(option);
	for (char &c : name)
		c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
	const char *value = std::getenv(name.c_str());
	if (value == nullptr || value[0] == '\0')
		return false;
	std::fprintf(stderr, "extram-bench: %s is set in the environment: unset it and use the command line\n", name.c_str());
	return true;
}

bool environment_is_clean()
{
	for (const option &one : options)
		if (set_in_environment(one.name))
			return false;
	return !set_in_environment("benchmark_filter");
}

} // namespace

extern "C" bool gbench_init(int *argc, char **argv)
{
	/*
	 * Passes only the library's own options, or it would handle --help. The default comes
	 * first, so the user's value wins.
	 */
	static char interleave[] = "--benchmark_enable_random_interleaving=true";
	static std::vector<char *> theirs;
	int ours = 1;
	theirs = {argv[0], interleave};
	for (int i = 1; i < *argc; i++)
		if (std::strncmp(argv[i], "--benchmark_out=", 16) == 0)
			out_path = argv[i] + 16;
		else if (std::strncmp(argv[i], "--benchmark_", 12) == 0 && !names(argv[i], "benchmark_filter"))
			theirs.push_back(argv[i]);
		else
			argv[ours++] = argv[i];
	argv[ours] = nullptr;
	*argc = ours;
	if (!environment_is_clean() || !all_do_something(theirs))
		return false;
	int count = static_cast<int>(theirs.size());
	theirs.push_back(nullptr);
	benchmark::Initialize(&count, theirs.data());
	return !benchmark::ReportUnrecognizedArguments(count, theirs.data());
}

extern "C" void gbench_register(const char *name, gbench_body *body, void *arg)
{
	benchmark::RegisterBenchmark(name, run_body, body, arg)->Iterations(1)->UseManualTime();
}

extern "C" bool gbench_begin()
{
	static rounds_reporter one;
	reporter = &one;
	if (out_path == nullptr || one.begin(out_path))
		return true;
	std::fprintf(stderr, "extram-bench: %s: cannot be written\n", out_path);
	return false;
}

extern "C" void gbench_round()
{
	benchmark::RunSpecifiedBenchmarks(reporter);
}

extern "C" bool gbench_end()
{
	if (reporter->end())
		return true;
	std::fprintf(stderr, "extram-bench: %s: cannot be written\n", out_path);
	return false;
}

extern "C" void gbench_set_seconds(struct gbench_state *state, double seconds)
{
	state->seconds = seconds;
}

extern "C" void gbench_counter(struct gbench_state *state, const char *name, double value)
{
	state->state->counters[name] = value;
}
