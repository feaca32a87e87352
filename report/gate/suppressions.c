/* SPDX-License-Identifier: MIT */
/* Suppressions of all that fails, in LeakSanitizer's format: to be looked through and kept with the
 * sources by who wants to start with a clean slate. */
#include <string.h>

#include "../../analyzer/util/arena.h"
#include "../advice.h"
#include "../visible.h"
#include "gate.h"
#include "phrases.h"

static bool can_be_suppressed(const struct model_gate_finding *finding)
{
	return finding->fails && finding->site && finding->stack.frame_count;
}

static int write_suppressions(const struct model_gate *gate, const struct report_options *options,
			      FILE *file)
{
	struct arena arena = {0};

	for (uint32_t i = 0; i < gate->finding_count; i++) {
		const struct model_gate_finding *finding = &gate->findings[i];

		if (!can_be_suppressed(finding))
			continue;
		fputs("# ", file);
		visible_put(file, phrases_title(&arena, finding));
		fprintf(file, ": %s\n",
			phrases_amount(&arena, gate, finding, options->exact_bytes));
		advice_put_suppression(file, finding->site);
		putc('\n', file);
	}
	arena_release(&arena);
	return ferror(file) ? -1 : 0;
}

const struct gate_format gate_suppressions = {"gen-suppressions", write_suppressions};
