/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "identity.h"

#include <inttypes.h>
#include <string.h>

#include "../util/human.h"
#include "../util/origins.h"

#define PLACE_FRAMES 4

static const struct {
	const char *name;
	bool memory, budget;
} rules[GATE_RULES] = {
	[GATE_LEAK] = {"leak", true, false},
	[GATE_GROWTH] = {"growth", true, false},
	[GATE_UNFREED] = {"unfreed", true, false},
	[GATE_MISMATCHED_RELEASE] = {"mismatched-release", false, false},
	[GATE_DOUBLE_FREE] = {"double-free", false, false},
	[GATE_FOREIGN_FREE] = {"foreign-free", false, false},
	[GATE_INTERIOR_FREE] = {"interior-free", false, false},
	[GATE_PEAK] = {"peak", false, true},
	[GATE_ALLOCATIONS] = {"allocations", false, true},
	[GATE_TEMPORARY] = {"temporary", false, true},
	[GATE_FRAGMENTATION] = {"fragmentation", false, true},
};

const char *identity_rule(enum gate_rule rule)
{
	return rules[rule].name;
}

bool identity_is_memory(enum gate_rule rule)
{
	return rules[rule].memory;
}

bool identity_is_budget(enum gate_rule rule)
{
	return rules[rule].budget;
}

bool identity_of_verdict(enum verdict verdict, enum gate_rule *rule)
{
	switch (verdict) {
	case VERDICT_LEAK:
		*rule = GATE_LEAK;
		return true;
	case VERDICT_GROWING:
		*rule = GATE_GROWTH;
		return true;
	case VERDICT_UNFREED:
		*rule = GATE_UNFREED;
		return true;
	default:
		return false;
	}
}

bool identity_of_error(enum finding_rule finding, enum gate_rule *rule)
{
	switch (finding) {
	case FINDING_MISMATCHED_RELEASE:
		*rule = GATE_MISMATCHED_RELEASE;
		return true;
	case FINDING_DOUBLE_FREE:
		*rule = GATE_DOUBLE_FREE;
		return true;
	case FINDING_FOREIGN_FREE:
		*rule = GATE_FOREIGN_FREE;
		return true;
	case FINDING_INTERIOR_FREE:
		*rule = GATE_INTERIOR_FREE;
		return true;
	default:
		return false;
	}
}

const char *identity_key(uint64_t fingerprint, struct arena *arena)
{
	return fingerprint ? arena_printf(arena, GATE_KEY_VERSION "%016" PRIx64, fingerprint) : "";
}

/* Where "-1.2" or "3.11" begins that the name ends in; its length without one. */
static size_t version_start(const char *name)
{
	size_t length = strlen(name), start = length;
	bool dotted = false;

	while (start && (strchr("0123456789", name[start - 1]) ||
			 (name[start - 1] == '.' && start < length))) {
		start--;
		dotted |= name[start] == '.';
	}
	while (start < length && name[start] == '.')
		start++;
	if (!dotted || !start)
		return length;
	return name[start - 1] == '-' && start > 1 ? start - 1 : start;
}

const char *identity_program(const char *path, struct arena *arena)
{
	const char *name = human_basename(path);

	if (!strncmp(name, "lt-", 3) && name[3])
		name += 3;
	return arena_strndup(arena, name, version_start(name));
}

static bool is_own(const struct model_frame *frame)
{
	return !*frame->note && origins_is_own(frame->module, frame->function);
}

const struct model_frame *identity_own_frame(const struct model_stack *stack)
{
	const struct model_frame *first = NULL;

	for (uint32_t i = 0; i < stack->frame_count; i++) {
		const struct model_frame *frame = &stack->frames[i];

		if (!is_own(frame))
			continue;
		if (!origins_is_wrapper(frame->function))
			return frame;
		if (!first)
			first = frame;
	}
	return first;
}

const char *identity_place(const struct model_stack *stack, struct arena *arena)
{
	const char *place = "", *last = "";
	uint32_t count = 0;

	for (uint32_t i = 0; i < stack->frame_count && count < PLACE_FRAMES; i++) {
		const struct model_frame *frame = &stack->frames[i];
		const char *name = frame->function;

		/* Code without a name that calls all the rest is the program's start. */
		if (!is_own(frame) || (count && !*name && i + 1 == stack->frame_count))
			continue;
		if (!*name)
			name = arena_printf(arena, "%s+0x%" PRIx64, human_basename(frame->module),
					    frame->offset);
		if (!strcmp(name, last))
			continue;
		place = *place ? arena_printf(arena, "%s < %s", place, name) : name;
		last = name;
		count++;
	}
	return place;
}
