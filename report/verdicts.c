/* SPDX-License-Identifier: MIT */
#include "verdicts.h"

static const struct {
	const char *name, *phrase, *adjective;
} words[VERDICTS] = {
	[VERDICT_UNKNOWN] = {"unknown", "cannot tell", "unknown"},
	[VERDICT_LEAK] = {"leak", "leaks", "leaking"},
	[VERDICT_GROWING] = {"growing", "grows", "growing"},
	[VERDICT_CACHE] = {"cache", "cache-like", "cache-like"},
	[VERDICT_STARTUP] = {"startup", "start-up", "start-up"},
	[VERDICT_UNFREED] = {"unfreed", "never freed", "never freed"},
	[VERDICT_CLEANED] = {"cleaned", "freed at exit", "freed at exit"},
	[VERDICT_BALANCED] = {"balanced", "all freed", "all freed"},
};

const char *verdicts_name(enum verdict verdict)
{
	return words[verdict].name;
}

const char *verdicts_phrase(enum verdict verdict)
{
	return words[verdict].phrase;
}

const char *verdicts_adjective(enum verdict verdict)
{
	return words[verdict].adjective;
}

bool verdicts_are_leaky(enum verdict verdict)
{
	return verdict == VERDICT_LEAK || verdict == VERDICT_GROWING;
}
