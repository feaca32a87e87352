/* SPDX-License-Identifier: MIT */
/*
 * exec_target.h - looks at an executable before it replaces us: whether it can be recorded.
 *
 * Runs in vfork children too: no state, and everything through a file mapping that is gone again
 * at the end. What cannot be read or judged counts as recordable: exec itself will tell.
 */
#ifndef TENURE_EXEC_TARGET_H
#define TENURE_EXEC_TARGET_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol.h"

struct exec_target {
	enum unrecorded_reason reason; /* UNRECORDED_NOT: it can be recorded */
	uint32_t path_bytes; /* if it cannot: the file in question, of scripts their interpreter */
	char path[UNRECORDED_PATH_BYTES]; /* cut if longer; not NUL-ended */
};

/* `path` as for execveat: "" stands for `directory` itself. `search_path`: look a name without slash
 * up in PATH, as execvp does. */
void exec_target_judge(struct exec_target *target, int directory, const char *path,
		       bool search_path);

/* Whether our variables do no harm there: other loaders and sanitizers would complain or fail, and who
 * changes privileges drops them unread. */
static inline bool exec_target_takes_variables(const struct exec_target *target)
{
	return target->reason == UNRECORDED_NOT || target->reason == UNRECORDED_PRIVILEGES;
}

#endif
