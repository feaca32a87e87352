/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "recording.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../util/human.h"
#include "../util/message.h"

int recording_init(struct recording *r)
{
	const char *users = getenv("TENURE_OPTIONS");

	memset(r, 0, sizeof *r);
	r->settings.arena = &r->arena;
	r->settings.text = users ? users : "";
	r->library = launcher_library();
	if (!r->library)
		return STATUS_TOOL_FAILED;
	if (launcher_prepare(&r->launcher) != 0) {
		error("cannot receive signals: %s", strerror(errno));
		return STATUS_TOOL_FAILED;
	}
	launcher_raise_descriptor_limit();
	return 0;
}

/* Where the socket is, and where traces go should the collector be gone one day. */
static int add_addresses(struct recording *r, struct settings *settings)
{
	settings_add(settings, "output", trace_name_absolute(&r->name));
	settings_add(settings, "collector", collector_address(r->collector));
	if (strlen(settings->text) > SETTINGS_BYTES_MAX)
		return error("TENURE_OPTIONS and the name of the trace are too long together");
	return 0;
}

int recording_start(struct recording *r, char **argv)
{
	struct settings settings = r->settings;
	int problem;

	r->collector = collector_new(-1, &r->name);
	if (!r->collector) {
		error("cannot open a socket to collect from: %s", strerror(errno));
		return STATUS_TOOL_FAILED;
	}
	if (r->snapshot_interval_ns)
		collector_snapshot_every(r->collector, r->snapshot_interval_ns);
	if (add_addresses(r, &settings) != 0)
		return STATUS_TOOL_FAILED;
	problem = launcher_start(&r->launcher, argv, r->library, settings.text);
	if (!problem)
		return 0;
	error("%s: %s", argv[0], strerror(problem));
	return problem == ENOENT ? STATUS_NOT_FOUND : STATUS_CANNOT_EXECUTE;
}

int recording_wait(struct recording *r, bool follow)
{
	int status;

	collector_expect_child(r->collector, r->launcher.child, follow);
	status = launcher_wait(&r->launcher, r->collector);
	collector_child_ended(r->collector, status);
	return status;
}

void recording_tell_losses(const struct recording *r, const char *program, recording_remark *tell,
			   void *context)
{
	const struct collector_summary *summary = collector_summary(r->collector);
	struct arena arena = {0};

	if (!summary->child_trace && !summary->refused && !summary->failed_path)
		tell(context,
		     arena_printf(
			     &arena,
			     "%s was not recorded: libtenure.so was not loaded, or had nothing "
			     "to record",
			     program),
		     false);
	if (summary->refused)
		tell(context,
		     arena_printf(&arena, "%s process%s not recorded: %s",
				  human_count(summary->refused).text,
				  summary->refused == 1 ? " was" : "es were",
				  summary->refused_reason ? summary->refused_reason
							  : "no trace could be made"),
		     false);
	if (summary->failed_path)
		tell(context,
		     arena_printf(&arena, "%s: %s: what is missing there was lost",
				  summary->failed_path, strerror(summary->failed_error)),
		     true);
	if (summary->broken_rings)
		tell(context,
		     arena_printf(&arena,
				  "the program wrote over the recorder's memory: %s of its threads "
				  "were not recorded to the end",
				  human_count(summary->broken_rings).text),
		     false);
	arena_release(&arena);
}

void recording_end(struct recording *r)
{
	collector_free(r->collector);
	trace_name_release(&r->name);
}
