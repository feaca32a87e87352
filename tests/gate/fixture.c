/* SPDX-License-Identifier: MIT */
/*
 * fixture.c - writes the result of a leak check that never was. Usage:
 * fixture usual|hostile|many|clean|missing|empty FORMAT FILE
 *
 * The same every time, and in every format the same result. Nothing is ever freed: the program writes
 * one file and ends. Strings come from the sources of tests/browser/fixture_text.c.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/gate/gate.h"
#include "tests/browser/fixture.h"

#define ROOT "/home/ci/project"
#define FRAMES 8u
#define TOLD 100u /* findings that have a site with all its evidence, as only pages show it */
#define SOURCE_LINES 5u

struct shape_of_gate {
	const char *name;
	text_source *text;
	enum gate_verdict verdict;
	uint32_t processes, findings;
	uint32_t missing, notes;
	uint32_t runs;
	bool program_failed;
};

static const struct shape_of_gate shapes[] = {
	{"usual", text_usual, GATE_FAILS, 12, 40, 0, 3, 1, false},
	{"hostile", text_hostile, GATE_FAILS, 24, 120, 17, 12, 3, true},
	{"many", text_usual, GATE_FAILS, 1200, 30000, 0, 0, 1, false},
	{"clean", text_usual, GATE_CLEAN, 5, 0, 0, 1, 1, false},
	{"missing", text_usual, GATE_NO_VERDICT, 5, 0, 12, 0, 1, false},
	{"empty", text_usual, GATE_NO_VERDICT, 0, 0, 1, 0, 1, false},
};

static const struct gate_format *const formats[] = {
	&gate_json,	&gate_sarif,  &gate_junit, &gate_gitlab,
	&gate_markdown, &gate_github, &gate_html,
};

static void *take(size_t count, size_t bytes)
{
	void *memory = calloc(count ? count : 1, bytes);

	if (!memory)
		abort();
	return memory;
}

static const char *const *texts(const struct shape_of_gate *shape, enum text_kind kind,
				uint32_t first, uint32_t count)
{
	const char **list = take(count + 1, sizeof *list);

	for (uint32_t i = 0; i < count; i++)
		list[i] = shape->text(kind, first + i);
	return list;
}

static char *joined(const char *a, const char *b)
{
	char *text = take(strlen(a) + strlen(b) + 1, 1);

	return strcat(strcpy(text, a), b);
}

/* Sources in the project by absolute and by relative path, elsewhere, and nowhere. */
static const char *file_of(const struct shape_of_gate *shape, uint32_t number)
{
	const char *file = shape->text(TEXT_FILE, number % 30);

	switch (number % 5) {
	case 0:
		return joined(ROOT "/build/../src/", file + (*file == '/'));
	case 1:
		return joined("./lib/./", file + (*file == '/'));
	case 2:
		return file;
	case 3:
		return joined("../../../", file + (*file == '/'));
	default:
		return "";
	}
}

static const struct model_source *source_of(const struct shape_of_gate *shape, uint32_t line)
{
	struct model_source *source = take(1, sizeof *source);

	source->first_line = line > 2 ? line - 2 : 1;
	source->line_count = SOURCE_LINES;
	source->lines = texts(shape, TEXT_LINE, line % 30, SOURCE_LINES);
	source->newer = line % 5 == 0;
	return source;
}

static struct model_stack make_stack(const struct shape_of_gate *shape, uint32_t number)
{
	struct model_frame *frames = take(FRAMES, sizeof *frames);

	for (uint32_t i = 0; i < FRAMES; i++) {
		uint32_t which = number * 3 + i;

		frames[i] = (struct model_frame){
			.function = which % 9 == 8 ? "" : shape->text(TEXT_FUNCTION, which % 50),
			.file = file_of(shape, number + i),
			.line = (number + i) % 7 ? number % 3000 + i : 0,
			.module = i + 1 < FRAMES ? joined(ROOT "/bin/", "server") : "",
			.offset = which * 16,
			.language = "c",
			.note = which % 31 == 30 ? shape->text(TEXT_NOTE, which) : "",
		};
		/* What stands for something that is missing has no name of its own. */
		if (*frames[i].note) {
			frames[i].function = frames[i].file = frames[i].module = "";
			frames[i].line = 0;
		}
		if (number < TOLD && frames[i].line && *frames[i].file)
			frames[i].source = source_of(shape, frames[i].line);
	}
	return (struct model_stack){frames, FRAMES};
}

static bool is_known(enum gate_state state)
{
	return state == GATE_KNOWN || state == GATE_GROWN || state == GATE_GONE;
}

static enum gate_state state_of(uint32_t number, uint32_t count)
{
	static const enum gate_state others[] = {GATE_KNOWN, GATE_GONE, GATE_WITHIN,
						 GATE_SUPPRESSED, GATE_FLAKY};

	if (number < count / 4)
		return GATE_NEW;
	if (number < count / 2)
		return GATE_GROWN;
	return others[(number - count / 2) * 5 / (count - count / 2)];
}

static const char *key_of(uint32_t number)
{
	char *key = take(24, 1);

	snprintf(key, 24, "v1:%016" PRIx64, (uint64_t)(number + 1) * 0x9e3779b97f4a7c15u);
	return key;
}

/* A site of a run that never was, with the stack of the finding. */
static void put_site(const struct shape_of_gate *shape, struct model_gate_finding *finding,
		     uint32_t number)
{
	static struct model model;
	struct model_site *site = take(1, sizeof *site);

	if (!model.site_count)
		fixture_build(&model, &(struct shape){.text = shape->text,
						      .sites = 90,
						      .functions = 60,
						      .files = 40,
						      .modules = 20,
						      .types = 12,
						      .trunk_nodes = 40,
						      .depth_min = 3,
						      .depth_max = 24,
						      .suspects = 30});
	*site = model.sites[number % model.site_count];
	site->stack = finding->stack;
	finding->site = site;
	finding->model = &model;
}

static void make_finding(const struct shape_of_gate *shape, struct model_gate_finding *finding,
			 uint32_t number)
{
	static const char *const names[GATE_RULES] = {
		"leak",	       "growth",       "unfreed",	"mismatched-release",
		"double-free", "foreign-free", "interior-free", "peak",
		"allocations", "temporary",    "fragmentation"};
	enum gate_state state = state_of(number, shape->findings);
	enum gate_rule rule = state == GATE_WITHIN ? GATE_PEAK
						   : (enum gate_rule)(number % GATE_RULES);
	bool budget = rule >= GATE_PEAK, release = rule >= GATE_MISMATCHED_RELEASE && !budget;
	bool gone = state == GATE_GONE;

	*finding = (struct model_gate_finding){
		.rule = rule,
		.rule_name = names[rule],
		.state = state,
		.fails = state == GATE_NEW || state == GATE_GROWN,
		.confidence = (number % 11) / 10.0,
		.key = budget ? "" : key_of(number),
		.weak = number % 13 == 0,
		.program = shape->text(TEXT_WORD, number % 5),
		.message = shape->text(TEXT_SENTENCE, number % 40),
		.place = budget ? "" : shape->text(TEXT_FUNCTION, number % 50),
		.blocks = budget || gone ? 0 : number + 1,
		.bytes = budget || gone ? 0 : (number + 1) * 1000u,
		.value = budget ? 5000000 : 0,
		.limit = budget ? 4000000 : 0,
		.unit = budget ? "bytes" : "",
		.known_blocks = is_known(state) ? number : 0,
		.known_bytes = is_known(state) ? number * 100u : 0,
		.bytes_per_s = rule == GATE_GROWTH ? 1234.5 : 0,
		.processes = gone ? 0 : number % 3 + 1,
		.process = gone ? 0 : number % shape->processes,
		.runs = gone ? 0 : shape->runs,
		.suppression = state == GATE_SUPPRESSED ? shape->text(TEXT_WORD, number) : "",
		.reason = state == GATE_SUPPRESSED && number % 2 ? shape->text(TEXT_SENTENCE, 41)
								 : "",
	};
	if (!budget && !gone && number % 17 != 16)
		finding->stack = make_stack(shape, number);
	if (rule <= GATE_UNFREED && !gone && number < TOLD)
		put_site(shape, finding, number);
	if (release && !gone)
		finding->release = make_stack(shape, number + 1);
}

static void make_process(const struct shape_of_gate *shape, struct model_gate_process *process,
			 uint32_t number)
{
	const char *program = shape->text(TEXT_PROGRAM, number % 4);

	*process = (struct model_gate_process){
		.program = number % 2 ? joined(ROOT "/tests/", program + (*program == '/'))
				      : program,
		.trace_path = number % 3 ? shape->text(TEXT_PATH, number) : "",
		.pid = (int32_t)(4000 + number),
		.run = number / (shape->processes / shape->runs + 1),
		.end_kind = number % 5 == 4 ? "signal" : "exit",
		.end_status = number % 5 == 4 ? 11 : 0,
		.duration_ns = 1500000000u * (number + 1),
		.allocations = number * 1000u,
		.allocated_bytes = number * 100000u,
		.peak_bytes = number * 10000u,
		.live_blocks = number,
		.live_bytes = number * 100u,
		.skipped = number % 6 == 5 ? shape->text(TEXT_SENTENCE, number % 40) : "",
	};
	if (shape->missing && number % 6 == 3) {
		process->missing = texts(shape, TEXT_SENTENCE, number % 3, 2);
		process->missing_count = 2;
	}
}

static void make_gate(const struct shape_of_gate *shape, struct model_gate *gate)
{
	struct model_gate_process *processes = take(shape->processes, sizeof *processes);
	struct model_gate_finding *findings = take(shape->findings, sizeof *findings);

	for (uint32_t i = 0; i < shape->processes; i++) {
		make_process(shape, &processes[i], i);
		gate->skipped += *processes[i].skipped != '\0';
	}
	for (uint32_t i = 0; i < shape->findings; i++) {
		make_finding(shape, &findings[i], i);
		gate->counts[findings[i].state]++;
		if (findings[i].fails && !*processes[findings[i].process].skipped)
			processes[findings[i].process].failures++;
	}
	gate->verdict = shape->verdict;
	gate->command = shape->processes ? texts(shape, TEXT_ARGUMENT, 0, 3) : NULL;
	gate->program_failed = shape->program_failed;
	gate->program_end = shape->program_failed ? "signal 11 (Segmentation fault)" : "";
	gate->runs = shape->runs;
	gate->processes = processes;
	gate->process_count = shape->processes;
	gate->judged = shape->processes - gate->skipped;
	gate->findings = findings;
	gate->finding_count = shape->findings;
	gate->unsure = shape->findings / 10;
	gate->missing = texts(shape, TEXT_SENTENCE, 0, shape->missing);
	gate->missing_count = shape->missing;
	gate->notes = texts(shape, TEXT_SENTENCE, 20, shape->notes);
	gate->note_count = shape->notes;
	gate->baseline = shape->findings ? "tenure.baseline" : "";
	gate->root = ROOT;
}

static int write_gate(const struct gate_format *format, const struct model_gate *gate,
		      const char *path)
{
	static const struct report_options options = {.unicode = true};
	FILE *file = fopen(path, "w");
	int failed;

	if (!file)
		return -1;
	failed = format->write(gate, &options, file);
	return fclose(file) ? -1 : failed;
}

int main(int argc, char **argv)
{
	static struct model_gate gate;
	const struct shape_of_gate *shape = NULL;
	const struct gate_format *format = NULL;

	for (size_t i = 0; argc == 4 && i < sizeof shapes / sizeof *shapes; i++)
		if (!strcmp(argv[1], shapes[i].name))
			shape = &shapes[i];
	for (size_t i = 0; argc == 4 && i < sizeof formats / sizeof *formats; i++)
		if (!strcmp(argv[2], formats[i]->name))
			format = formats[i];
	if (!shape || !format) {
		fputs("usage: fixture usual|hostile|many|clean|missing|empty FORMAT FILE\n",
		      stderr);
		return 2;
	}
	make_gate(shape, &gate);
	if (write_gate(format, &gate, argv[3])) {
		perror(argv[3]);
		return 1;
	}
	return 0;
}
