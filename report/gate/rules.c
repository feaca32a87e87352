/* SPDX-License-Identifier: MIT */
#include "rules.h"

/* From where on the evidence for a leak is called an error. */
#define SURE_CONFIDENCE 0.75

const struct rule rules[GATE_RULES] = {
	[GATE_LEAK] =
		{
			.id = "tenure/leak",
			.title = "MemoryLeak",
			.summary = "Memory is lost",
			.description =
				"Blocks that this call stack allocated were never released, and "
				"the evidence says that nothing will: they outlive by far what "
				"else is allocated here, or no pointer leads to them any more.",
			.help = "Release the blocks where their purpose ends; the call stack says "
				"who allocated them.\n"
				"If they are meant to live as long as the process, suppress the "
				"finding with a reason, or take it into the baseline.",
			.precision = "high",
			.tags = {"memory", "leak", "reliability", NULL},
			.severity = SEVERITY_ERROR,
		},
	[GATE_GROWTH] =
		{
			.id = "tenure/growth",
			.title = "MemoryGrowth",
			.summary = "Memory grows without bound",
			.description =
				"What this call stack holds rose over the whole run with no sign "
				"of an end. Such memory may still be reachable, for instance from "
				"a list that nothing is ever taken from.",
			.help = "Look for the container that the blocks are kept in, and for who "
				"should take them out.\n"
				"A cache needs a limit. If the run was too short to reach it, run "
				"for longer.",
			.precision = "medium",
			.tags = {"memory", "leak", "growth", "reliability", NULL},
			.severity = SEVERITY_ERROR,
		},
	[GATE_UNFREED] =
		{
			.id = "tenure/unfreed",
			.title = "UnfreedMemory",
			.summary = "Memory is still held at the end",
			.description =
				"Code of the program allocated blocks that were live when the "
				"process ended, and it never released a block from this call stack.",
			.help = "Release the blocks before the end, or leave them to the system "
				"and suppress the finding.\n"
				"This rule counts only where it was asked for.",
			.precision = "medium",
			.tags = {"memory", "unfreed", NULL},
			.severity = SEVERITY_WARNING,
		},
	[GATE_MISMATCHED_RELEASE] =
		{
			.id = "tenure/mismatched-release",
			.title = "MismatchedRelease",
			.summary = "Memory is released by the wrong function",
			.description =
				"A block was released by a function that does not belong to the "
				"one that allocated it, such as free for new, or delete for new[]. "
				"What happens then is undefined.",
			.help = "Release the block by the counterpart of what allocated it: free "
				"for malloc, delete for new, delete[] for new[].",
			.precision = "very-high",
			.tags = {"memory", "undefined-behavior", "reliability", NULL},
			.severity = SEVERITY_ERROR,
		},
	[GATE_DOUBLE_FREE] =
		{
			.id = "tenure/double-free",
			.title = "DoubleFree",
			.summary = "Memory is released twice",
			.description =
				"A block was released again after it had been released. This "
				"corrupts the heap, and can be a way into the program for an "
				"attacker.",
			.help = "Decide which of the two places owns the block, and set other "
				"pointers to it to null.",
			.precision = "very-high",
			.tags = {"memory", "security", "undefined-behavior", NULL},
			.severity = SEVERITY_ERROR,
		},
	[GATE_FOREIGN_FREE] =
		{
			.id = "tenure/foreign-free",
			.title = "ForeignFree",
			.summary = "An address is released that was never allocated",
			.description =
				"A function that releases memory was given an address that no "
				"allocation had returned, such as one on the stack or in a static "
				"variable.",
			.help = "Release only what an allocating function has returned.",
			.precision = "very-high",
			.tags = {"memory", "security", "undefined-behavior", NULL},
			.severity = SEVERITY_ERROR,
		},
	[GATE_INTERIOR_FREE] =
		{
			.id = "tenure/interior-free",
			.title = "InteriorFree",
			.summary = "An address inside a block is released",
			.description =
				"A function that releases memory was given an address inside a "
				"live block instead of its beginning.",
			.help = "Keep the address that the allocating function returned, and "
				"release that one.",
			.precision = "very-high",
			.tags = {"memory", "security", "undefined-behavior", NULL},
			.severity = SEVERITY_ERROR,
		},
	[GATE_PEAK] =
		{
			.id = "tenure/peak",
			.title = "PeakBudget",
			.summary = "More memory is live at once than allowed",
			.description =
				"The most bytes that were live at one moment in a process exceed "
				"the budget that was set for it.",
			.help = "The report of the run lists which call stacks held the memory at "
				"the peak.\n"
				"If the program needs more by now, raise the budget.",
			.precision = "very-high",
			.tags = {"memory", "budget", NULL},
			.severity = SEVERITY_ERROR,
		},
	[GATE_ALLOCATIONS] =
		{
			.id = "tenure/allocations",
			.title = "AllocationBudget",
			.summary = "There are more allocations than allowed",
			.description =
				"A process made more allocations than the budget that was set for "
				"it.",
			.help = "The report of the run lists which call stacks allocate most "
				"often.\n"
				"If the program needs more by now, raise the budget.",
			.precision = "very-high",
			.tags = {"memory", "budget", "performance", NULL},
			.severity = SEVERITY_ERROR,
		},
	[GATE_TEMPORARY] =
		{
			.id = "tenure/temporary",
			.title = "TemporaryBudget",
			.summary = "There are more temporary allocations than allowed",
			.description =
				"A process made more allocations that the same thread released at "
				"once, before it allocated anything else, than the budget that was "
				"set for it.",
			.help = "The report of the run lists which call stacks they come from. "
				"Often a buffer can be kept from one call to the next.",
			.precision = "very-high",
			.tags = {"memory", "budget", "performance", NULL},
			.severity = SEVERITY_ERROR,
		},
	[GATE_FRAGMENTATION] =
		{
			.id = "tenure/fragmentation",
			.title = "FragmentationBudget",
			.summary = "More of the heap is fragmented than allowed",
			.description =
				"Free memory on pages that still hold a live block, which cannot "
				"be given back, exceeds the budget that was set for a process.",
			.help = "The report of the run lists which call stacks pin the pages, and "
				"which pairs of them share pages although one's blocks live long "
				"and the other's do not.",
			.precision = "high",
			.tags = {"memory", "budget", "fragmentation", NULL},
			.severity = SEVERITY_ERROR,
		},
};

bool rules_is_release(enum gate_rule rule)
{
	return rule >= GATE_MISMATCHED_RELEASE && rule <= GATE_INTERIOR_FREE;
}

bool rules_is_budget(enum gate_rule rule)
{
	return rule >= GATE_PEAK;
}

enum severity rules_severity(const struct model_gate_finding *finding)
{
	if (!finding->fails)
		return SEVERITY_NOTE;
	if ((finding->rule == GATE_LEAK || finding->rule == GATE_GROWTH) &&
	    finding->confidence < SURE_CONFIDENCE)
		return SEVERITY_WARNING;
	return rules[finding->rule].severity;
}
