/* SPDX-License-Identifier: MIT */
#include "verdicts.h"

static const struct {
	const char *name, *adjective;
} words[] = {
	[VERDICT_UNKNOWN] = {"unknown", "unknown"},
	[VERDICT_LEAK] = {"leak", "leaking"},
	[VERDICT_GROWING] = {"growing", "growing"},
	[VERDICT_CACHE] = {"cache", "cache-like"},
	[VERDICT_STARTUP] = {"startup", "kept since the start"},
	[VERDICT_UNFREED] = {"unfreed", "never released"},
	[VERDICT_CLEANED] = {"cleaned", "cleaned up at exit"},
	[VERDICT_BALANCED] = {"balanced", "balanced"},
};

const char *verdicts_name(enum verdict verdict)
{
	return words[verdict].name;
}

const char *verdicts_adjective(enum verdict verdict)
{
	return words[verdict].adjective;
}

bool verdicts_are_leaky(enum verdict verdict)
{
	return verdict == VERDICT_LEAK || verdict == VERDICT_GROWING;
}
