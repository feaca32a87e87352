/* SPDX-License-Identifier: MIT */
#include "explain.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "apis.h"

static const char *plural(uint64_t count)
{
	return count == 1 ? "" : "s";
}

static const struct rule {
	const char *name;
	enum severity severity;
} rules[] = {
	[FINDING_MISMATCHED_RELEASE] = {"mismatched-release", SEVERITY_ERROR},
	[FINDING_DOUBLE_FREE] = {"double-free", SEVERITY_ERROR},
	[FINDING_FOREIGN_FREE] = {"foreign-free", SEVERITY_ERROR},
	[FINDING_INTERIOR_FREE] = {"interior-free", SEVERITY_ERROR},
	[FINDING_ALLOCATION_FAILURE] = {"allocation-failure", SEVERITY_WARNING},
};

static const char *failure_sentence(const struct finding *from, struct arena *arena)
{
	if (from->injected)
		return arena_printf(
			arena, "%s of %" PRIu64 " byte%s was made to fail, as asked for",
			apis_name(from->allocation_api), from->bytes, plural(from->bytes));
	return arena_printf(arena, "%s of %" PRIu64 " byte%s failed: %s",
			    apis_name(from->allocation_api), from->bytes, plural(from->bytes),
			    from->error_number ? strerror(from->error_number) : "no reason given");
}

static const char *finding_sentence(const struct finding *from, struct arena *arena)
{
	const char *allocation = apis_name(from->allocation_api);
	const char *release = apis_name(from->release_api);
	const char *s = plural(from->bytes);

	switch (from->rule) {
	case FINDING_MISMATCHED_RELEASE:
		return arena_printf(arena,
				    "a block of %" PRIu64 " byte%s from %s was released by %s, "
				    "not by %s",
				    from->bytes, s, allocation, release,
				    apis_release_name(apis_family(from->allocation_api)));
	case FINDING_DOUBLE_FREE:
		return arena_printf(arena,
				    "a block of %" PRIu64 " byte%s from %s was released twice, by "
				    "%s and then by %s",
				    from->bytes, s, allocation, apis_name(from->first_release_api),
				    release);
	case FINDING_FOREIGN_FREE:
		return arena_printf(arena,
				    "%s was given an address that no allocation of this process "
				    "returned",
				    release);
	case FINDING_INTERIOR_FREE:
		return arena_printf(arena,
				    "%s was given an address %" PRIu64 " byte%s inside a live "
				    "block of %" PRIu64 " byte%s from %s",
				    release, from->distance_bytes, plural(from->distance_bytes),
				    from->bytes, s, allocation);
	case FINDING_ALLOCATION_FAILURE:
		return failure_sentence(from, arena);
	case FINDING_RULES:
		break;
	}
	return "";
}

const char *explain_rule(enum finding_rule rule, enum severity *severity)
{
	*severity = rules[rule].severity;
	return rules[rule].name;
}

void explain_finding(struct model_finding *finding, const struct finding *from, struct arena *arena)
{
	*finding = (struct model_finding){
		.rule = from->rule,
		.rule_name = rules[from->rule].name,
		.severity = rules[from->rule].severity,
		.message = finding_sentence(from, arena),
		.occurrences = from->occurrences,
		.bytes = from->bytes,
	};
	if (from->injected)
		finding->severity = SEVERITY_NOTE;
	/* Undefined for C++, but every allocator of Linux takes it. */
	if (from->rule == FINDING_MISMATCHED_RELEASE &&
	    apis_differ_in_alignment_only(from->allocation_api, from->release_api))
		finding->severity = SEVERITY_WARNING;
}
