/* SPDX-License-Identifier: MIT */
#include "phrases.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../../analyzer/util/human.h"
#include "../stack.h"
#include "location.h"
#include "rules.h"

/* Of texts in a description. */
#define MESSAGE_BYTES 1000u
#define PLACE_BYTES 300u
/* Programs of the system that were not judged. */
#define SYSTEM_NAMED 3u
#define SYSTEM_NAME_BYTES 40u

const char *phrases_verdict(enum gate_verdict verdict)
{
	switch (verdict) {
	case GATE_CLEAN:
		return "clean";
	case GATE_FAILS:
		return "findings";
	case GATE_NO_VERDICT:
		break;
	}
	return "no-verdict";
}

const char *phrases_state(enum gate_state state)
{
	static const char *const names[GATE_STATES] = {
		[GATE_NEW] = "new",	[GATE_GROWN] = "grown",	  [GATE_KNOWN] = "known",
		[GATE_GONE] = "gone",	[GATE_WITHIN] = "within", [GATE_SUPPRESSED] = "suppressed",
		[GATE_FLAKY] = "flaky",
	};

	return names[state];
}

static uint32_t count_failing(const struct model_gate *gate)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < gate->finding_count; i++)
		count += gate->findings[i].fails;
	return count;
}

const char *phrases_sentence(struct arena *arena, const struct model_gate *gate)
{
	uint32_t failing = count_failing(gate);

	switch (gate->verdict) {
	case GATE_CLEAN:
		return "The leak check passes.";
	case GATE_FAILS:
		return arena_printf(arena, "The leak check fails: %s finding%s.",
				    human_count(failing).text, human_plural(failing));
	case GATE_NO_VERDICT:
		break;
	}
	return "The leak check has no verdict: evidence is missing.";
}

static bool is_named_before(const struct model_gate *gate, uint32_t end, const char *name)
{
	for (uint32_t i = 0; i < end; i++)
		if (!strcmp(gate->processes[i].skipped, GATE_OF_THE_SYSTEM) &&
		    !strcmp(human_basename(gate->processes[i].program), name))
			return true;
	return false;
}

/* " (cat, redis-server and 3 more are of the system: --system judges them)": who tests one of these
 * would wonder. "" if none was passed over for that. */
static const char *programs_of_the_system(struct arena *arena, const struct model_gate *gate)
{
	const char *names = "";
	uint32_t count = 0;

	for (uint32_t i = 0; i < gate->process_count; i++) {
		const struct model_gate_process *process = &gate->processes[i];
		const char *name = human_basename(process->program);

		if (strcmp(process->skipped, GATE_OF_THE_SYSTEM) || is_named_before(gate, i, name))
			continue;
		if (count++ < SYSTEM_NAMED)
			names = arena_printf(arena, "%s%s%s", names, *names ? ", " : "",
					     phrases_cut(arena, name, SYSTEM_NAME_BYTES));
	}
	if (!count)
		return "";
	if (count > SYSTEM_NAMED)
		names = arena_printf(arena, "%s and %s more", names,
				     human_count(count - SYSTEM_NAMED).text);
	return arena_printf(arena, " (%s %s of the system: --system judges %s)", names,
			    count == 1 ? "is" : "are", count == 1 ? "it" : "them");
}

const char *phrases_counts(struct arena *arena, const struct model_gate *gate)
{
	const char *text = "", *before = "";

	for (int i = 0; i < GATE_STATES; i++) {
		if (!gate->counts[i])
			continue;
		text = arena_printf(
			arena, "%s%s%s %s", text, before, human_count(gate->counts[i]).text,
			i == GATE_WITHIN ? "within budget" : phrases_state((enum gate_state)i));
		before = ", ";
	}
	text = arena_printf(
		arena, "%s; %s of %s process%s %s judged", *text ? text : "Nothing found",
		human_count(gate->judged).text, human_count(gate->process_count).text,
		gate->process_count == 1 ? "" : "es", gate->judged == 1 ? "was" : "were");
	if (gate->skipped)
		text = arena_printf(
			arena, "%s, %s %s skipped%s", text, human_count(gate->skipped).text,
			gate->skipped == 1 ? "was" : "were", programs_of_the_system(arena, gate));
	if (gate->runs > 1)
		text = arena_printf(arena, "%s, in %s runs", text, human_count(gate->runs).text);
	return arena_printf(arena, "%s.", text);
}

const char *phrases_uncounted(struct arena *arena, const struct model_gate *gate, bool exact_bytes)
{
	const char *text = "";

	if (gate->unsure)
		text = arena_printf(
			arena, "%s site%s may leak or grow, but too little speaks for it to count.",
			human_count(gate->unsure).text, human_plural(gate->unsure));
	if (!gate->unfreed)
		return text;
	return arena_printf(
		arena,
		"%s%s%s site%s never freed what %s allocated, %s in all: --unfreed counts "
		"%s.",
		text, *text ? " " : "", human_count(gate->unfreed).text,
		human_plural(gate->unfreed), gate->unfreed == 1 ? "it" : "they",
		human_bytes(gate->unfreed_bytes, exact_bytes).text,
		gate->unfreed == 1 ? "it" : "them");
}

static const char *in_blocks(struct arena *arena, uint64_t blocks, uint64_t bytes, bool exact)
{
	return arena_printf(arena, "%s%s in %s block%s", human_bytes(bytes, exact).text,
			    exact ? " bytes" : "", human_count(blocks).text, human_plural(blocks));
}

static const char *times(struct arena *arena, uint64_t count)
{
	return arena_printf(arena, "%s time%s", human_count(count).text, human_plural(count));
}

static const char *in_unit(struct arena *arena, uint64_t value, const char *unit, bool exact)
{
	if (!strcmp(unit, "bytes"))
		return arena_printf(arena, "%s%s", human_bytes(value, exact).text,
				    exact ? " bytes" : "");
	if (!strcmp(unit, "percent"))
		return arena_printf(arena, "%s %%", human_count(value).text);
	return arena_printf(arena, "%s%s%s", human_count(value).text, *unit ? " " : "", unit);
}

static const char *amount_now(struct arena *arena, const struct model_gate *gate,
			      const struct model_gate_finding *finding, bool exact)
{
	const struct model_gate_process *process = finding->processes && finding->process <
										 gate->process_count
							   ? &gate->processes[finding->process]
							   : NULL;

	if (rules_is_budget(finding->rule))
		return arena_printf(arena, "%s, %s allowed",
				    in_unit(arena, finding->value, finding->unit, exact),
				    in_unit(arena, finding->limit, finding->unit, exact));
	if (rules_is_release(finding->rule))
		return times(arena, finding->blocks);
	if (!process || process->duration_ns < HUMAN_RATE_RUN_NS || !(finding->bytes_per_s > 0))
		return in_blocks(arena, finding->blocks, finding->bytes, exact);
	return arena_printf(arena, "%s, growing by %s",
			    in_blocks(arena, finding->blocks, finding->bytes, exact),
			    human_rate(finding->bytes_per_s, process->duration_ns, exact).text);
}

const char *phrases_amount(struct arena *arena, const struct model_gate *gate,
			   const struct model_gate_finding *finding, bool exact_bytes)
{
	const char *known = "";

	if (finding->known_blocks || finding->known_bytes)
		known = rules_is_release(finding->rule)
				? times(arena, finding->known_blocks)
				: in_blocks(arena, finding->known_blocks, finding->known_bytes,
					    exact_bytes);
	if (finding->state == GATE_GONE)
		return *known ? arena_printf(arena, "was %s", known) : "none any more";
	return arena_printf(arena, "%s%s%s", amount_now(arena, gate, finding, exact_bytes),
			    *known ? ", known: " : "", known);
}

const char *phrases_place(struct arena *arena, const struct model_gate_finding *finding)
{
	const struct model_stack *stack = finding->stack.frame_count ? &finding->stack
								     : &finding->release;
	const struct model_frame *frame = stack_own(stack);
	char text[4096];

	if (*finding->place)
		return finding->place;
	if (!frame)
		return "";
	stack_function(frame, text, sizeof text);
	return arena_strdup(arena, text);
}

const char *phrases_title(struct arena *arena, const struct model_gate_finding *finding)
{
	static const char *const names[GATE_RULES] = {
		[GATE_LEAK] = "memory leak",
		[GATE_GROWTH] = "memory growth",
		[GATE_UNFREED] = "unfreed memory",
		[GATE_MISMATCHED_RELEASE] = "mismatched release",
		[GATE_DOUBLE_FREE] = "double free",
		[GATE_FOREIGN_FREE] = "foreign free",
		[GATE_INTERIOR_FREE] = "interior free",
		[GATE_PEAK] = "peak over budget",
		[GATE_ALLOCATIONS] = "allocations over budget",
		[GATE_TEMPORARY] = "temporary allocations over budget",
		[GATE_FRAGMENTATION] = "fragmentation over budget",
	};

	return arena_printf(arena, "%s in %s", names[finding->rule], finding->program);
}

/* Of several: in how many. */
static const char *in_runs(struct arena *arena, const struct model_gate *gate,
			   const struct model_gate_finding *finding)
{
	if (gate->runs < 2 || finding->state == GATE_GONE)
		return "";
	return arena_printf(arena, " (%s of %s runs)", human_count(finding->runs).text,
			    human_count(gate->runs).text);
}

const char *phrases_spread(struct arena *arena, const struct model_gate *gate,
			   const struct model_gate_finding *finding)
{
	const char *runs = in_runs(arena, gate, finding);

	if (finding->processes < 2)
		return runs;
	return arena_printf(arena, " in %s processes%s", human_count(finding->processes).text,
			    runs);
}

const char *phrases_marks(struct arena *arena, const struct model_gate_finding *finding)
{
	const struct model_site *site = finding->site;
	const char *text = "";

	for (uint32_t i = 0; site && finding->rule <= GATE_UNFREED && i < site->epoch_count; i++) {
		const struct model_site_epoch *epoch = &site->epochs[i];

		text = arena_printf(
			arena, "%s%s%s (%s block%s)", text, i ? ", " : "",
			phrases_cut(arena, finding->model->epochs[epoch->epoch].name, PLACE_BYTES),
			human_count(epoch->blocks).text, human_plural(epoch->blocks));
	}
	return *text ? arena_printf(arena, "allocated after the mark%s %s",
				    human_plural(site->epoch_count), text)
		     : "";
}

const char *phrases_description(struct arena *arena, const struct model_gate *gate,
				const struct model_gate_finding *finding, bool exact_bytes)
{
	const char *message = phrases_cut(arena, finding->message, MESSAGE_BYTES);
	const char *place = phrases_cut(arena, phrases_place(arena, finding), PLACE_BYTES);
	size_t length = strlen(message);
	bool ended = !length || strchr(".!?", message[length - 1]) != NULL;

	return arena_printf(
		arena, "%s%s%s%s%s%s%s; %s, in %s%s%s.", message, ended ? "" : ".",
		length ? " " : "", *place ? "At " : "", place, *place ? ": " : "",
		phrases_amount(arena, gate, finding, exact_bytes), phrases_state(finding->state),
		finding->processes > 1 ? arena_printf(arena, "%s processes of ",
						      human_count(finding->processes).text)
				       : "",
		phrases_cut(arena, finding->program, PLACE_BYTES), in_runs(arena, gate, finding));
}

const char *phrases_end(struct arena *arena, const struct model_gate_process *process)
{
	const char *kind = process->end_kind;

	if (!strcmp(kind, "signal"))
		return arena_printf(arena, "killed by signal %" PRId32, process->end_status);
	if (!strcmp(kind, "exec"))
		return "replaced by exec";
	if (!strcmp(kind, "detached"))
		return "still running";
	if (!strcmp(kind, "unknown"))
		return "end not recorded";
	return arena_printf(arena, "exit status %" PRId32, process->end_status);
}

const char *phrases_cut(struct arena *arena, const char *text, size_t bytes)
{
	size_t end = strnlen(text, bytes + 1);

	if (end <= bytes)
		return text;
	end = bytes;
	/* A character has three bytes at most before its last; other such bytes are none of UTF-8. */
	for (int i = 0; i < 3 && end && ((unsigned char)text[end] & 0xc0) == 0x80; i++)
		end--;
	return arena_printf(arena, "%.*s...", (int)end, text);
}
