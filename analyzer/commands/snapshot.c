/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <limits.h>
#include <stdlib.h>

#include "../record/request.h"
#include "../util/message.h"
#include "commands.h"

#define PATIENCE_NS (60ull * 1000000000u)

static uint64_t patience_ns = PATIENCE_NS;

static const struct option_spec options[] = {
	{"timeout", 0, OPTION_DURATION, "TIME", &patience_ns, "how long to wait for it (60s)"},
	{NULL, 0, OPTION_FLAG, NULL, NULL, NULL},
};

static int tell(const char *pid, enum request_result result, const char *trace_path)
{
	switch (result) {
	case REQUEST_DONE:
		hint("snapshot in %s", trace_path);
		hint("see: tenure report %s", trace_path);
		return EXIT_SUCCESS;
	case REQUEST_ENDED:
		error("process %s has ended, or may not be looked into", pid);
		return EXIT_FAILURE;
	case REQUEST_SAMPLED:
		error("process %s is recorded with --sample: who holds its blocks cannot be told",
		      pid);
		return EXIT_FAILURE;
	case REQUEST_UNWRITTEN:
		error("the trace of process %s cannot be written any more", pid);
		return EXIT_FAILURE;
	default:
		error("process %s is not being recorded, or its collector did not answer", pid);
		hint("start it with: tenure run -- PROGRAM");
		return EXIT_FAILURE;
	}
}

static int command_main(int argc, char **argv)
{
	char trace_path[PATH_MAX], *end;
	long pid = argc == 1 ? strtol(argv[0], &end, 10) : 0;

	if (argc != 1 || *end || pid <= 0 || pid > INT_MAX) {
		error(argc ? "snapshot takes the number of one process" : "which process?");
		hint("usage: tenure snapshot PID");
		return STATUS_USAGE;
	}
	return tell(argv[0], request_snapshot((pid_t)pid, patience_ns, trace_path), trace_path);
}

const struct command command_snapshot = {
	.name = "snapshot",
	.synopsis = "PID",
	.summary = "see what holds the blocks of a program that is being recorded",
	.options = options,
	.run = command_main,
};
