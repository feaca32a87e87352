/* SPDX-License-Identifier: MIT */
#include "text.h"

#include "visible.h"

#define FINDINGS_TOP 20 /* more repeat themselves; data formats have them all */

static void put_finding(const struct text *t, const struct model_finding *finding)
{
	static const char *const severities[] = {"error", "warning", "note"};
	bool failure = finding->rule == FINDING_ALLOCATION_FAILURE;

	fprintf(t->file, "\n  %s%s: %s%s",
		finding->severity == SEVERITY_ERROR	? t->look.red
		: finding->severity == SEVERITY_WARNING ? t->look.yellow
							: "",
		severities[finding->severity], finding->rule_name, t->look.plain);
	if (finding->occurrences > 1)
		fprintf(t->file, ", %s times", human_count(finding->occurrences).text);
	fputs("\n    ", t->file);
	visible_put(t->file, finding->message);
	putc('\n', t->file);
	fprintf(t->file, failure ? "    asked for at\n" : "    released at\n");
	stack_put(t->file, &finding->release, &t->look.stack);
	if (finding->first_release.frame_count) {
		fputs("    released before at\n", t->file);
		stack_put(t->file, &finding->first_release, &t->look.stack);
	}
	if (finding->allocation.frame_count) {
		fputs("    allocated at\n", t->file);
		stack_put(t->file, &finding->allocation, &t->look.stack);
	}
}

void text_put_findings(const struct text *t)
{
	uint32_t count = t->model->finding_count;

	if (!count)
		return;
	text_put_heading(t, "Errors and failures");
	for (uint32_t i = 0; i < count && i < FINDINGS_TOP; i++)
		put_finding(t, &t->model->findings[i]);
	if (count > FINDINGS_TOP)
		fprintf(t->file, "\n  %s more are not shown; --format=json lists them all.\n",
			human_count(count - FINDINGS_TOP).text);
}
