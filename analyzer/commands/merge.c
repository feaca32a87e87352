/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../analysis/build.h"
#include "../profile/encode.h"
#include "../profile/fold.h"
#include "../profile/take.h"
#include "../util/human.h"
#include "../util/message.h"
#include "commands.h"
#include "open_trace.h"
#include "output.h"
#include "read_profile.h"

static const char *output_path, *program_name;
static bool skip_damaged, force;

static const struct option_spec options[] = {
	{"output", 'o', OPTION_STRING, "FILE", &output_path,
	 "write to FILE, or to standard output if it is -"},
	{"program", 0, OPTION_STRING, "NAME", &program_name,
	 "only runs of the program of this name"},
	{"skip-damaged", 0, OPTION_FLAG, NULL, &skip_damaged,
	 "leave out files that are damaged, and count them"},
	{"force", 'f', OPTION_FLAG, NULL, &force, "overwrite FILE if it exists"},
	{NULL, 0, OPTION_FLAG, NULL, NULL, NULL},
};

/* A trace that only ends early is told about in the profile; other damage may be anything. */
static bool is_sound(const struct reader *reader, const char *path)
{
	const struct trace_error *damage = reader_damage(reader);

	if (damage && !damage->cut)
		return open_trace_is_whole(reader, path);
	if (damage || !reader_end(reader))
		verbose("%s: the trace is cut; what came after is missing", path);
	return true;
}

static bool add_trace(struct profile *sum, const char *path)
{
	/* Stacks of all, curves of none: these are made again from the sums. */
	struct build_options build_options = {
		.shown = {.top = 1, .all_stacks = true},
		.ages = true,
	};
	struct reader *reader = open_trace(path);
	struct profile profile = {0};
	struct build build;
	bool sound;

	if (!reader)
		return false;
	build_model(&build, reader, path, &build_options);
	for (uint32_t i = 0; i < build.note_count; i++)
		verbose("%s", build.notes[i]);
	sound = is_sound(reader, path);
	if (sound) {
		take_run(&profile, &build.model);
		fold_profile(sum, &profile);
		profile_release(&profile);
	}
	build_release(&build);
	reader_free(reader);
	return sound;
}

/* One after the other, so that no more than one is held beside the sum. */
static int add_all(struct profile *sum, int count, char **paths)
{
	for (int i = 0; i < count; i++) {
		bool added = read_profile_is_for(paths[i]) ? read_profile(sum, paths[i])
							   : add_trace(sum, paths[i]);

		if (added)
			continue;
		if (!skip_damaged) {
			hint("nothing was written; --skip-damaged leaves such files out");
			return -1;
		}
		sum->skipped++;
	}
	if (sum->skipped && !sum->program_count)
		return error("merge: no file was left to be merged");
	return 0;
}

static int choose_program(struct profile *sum)
{
	if (!program_name)
		return 0;
	profile_keep_program(sum, program_name);
	if (sum->program_count)
		return 0;
	error("merge: there is no run of %s", program_name);
	hint("--program takes the base name of an executable; tenure info tells which a profile has");
	return -1;
}

static int write_profile(const struct profile *profile)
{
	FILE *file = output_open(output_path, force);
	struct bytes bytes = {0};
	bool written;

	if (!file)
		return -1;
	encode_profile(profile, &bytes);
	fwrite(bytes.data, 1, bytes.used, file);
	bytes_release(&bytes);
	written = output_close(file, output_path);
	if (!written)
		output_remove(output_path);
	return written ? 0 : -1;
}

/* Before an hour of merging, not after it. */
static int check_output(void)
{
	if (output_path && !strcmp(output_path, "-"))
		output_path = NULL;
	if (!output_path && isatty(STDOUT_FILENO)) {
		error("merge: a profile is nothing to be read on a terminal");
		hint("-o names the file to write it to; tenure report shows it");
		return -1;
	}
	if (output_path && !force && !access(output_path, F_OK)) {
		error("%s: it exists already", output_path);
		hint("use --force to overwrite it");
		return -1;
	}
	return output_check(output_path);
}

static int command_main(int argc, char **argv)
{
	struct profile sum = {0};
	int status = EXIT_SUCCESS;

	if (!argc) {
		error("merge: no trace and no profile given");
		hint("tenure merge -o all.tenure-profile FILE...");
		return STATUS_USAGE;
	}
	if (check_output() != 0)
		return STATUS_USAGE;
	if (add_all(&sum, argc, argv) != 0 || choose_program(&sum) != 0 || write_profile(&sum) != 0)
		status = STATUS_USAGE;
	profile_release(&sum);
	return status;
}

const struct command command_merge = {
	.name = "merge",
	.synopsis = "FILE...",
	.summary = "add up traces and profiles of many runs, in any order, to one profile",
	.options = options,
	.run = command_main,
	.operands_first = true,
};
