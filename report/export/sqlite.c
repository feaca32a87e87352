/* SPDX-License-Identifier: MIT */
/*
 * A database of SQLite with everything that the report knows, for who asks in SQL: see
 * man/tenure-sqlite.5. It is made in memory and written in one piece, since a FILE may be a pipe.
 */
#include "export.h"

#include <errno.h>
#include <sqlite3.h>

#include "sqlite_parts.h"

/* What SQLite gets in one piece at most. */
#define MOST_BYTES 0x7fff0000

static const char *const severities[] = {
	[SEVERITY_ERROR] = "error",
	[SEVERITY_WARNING] = "warning",
	[SEVERITY_NOTE] = "note",
};

static void put_classes(struct database *d, const struct model_snapshot *snapshot)
{
	struct rows r;

	rows_begin(&r, d, "classes");
	for (uint32_t i = 0; i < snapshot->class_count; i++) {
		const struct model_class *class = &snapshot->classes[i];

		rows_put_text(&r, class->name);
		rows_put_uint(&r, class->objects);
		rows_put_uint(&r, class->bytes);
		rows_put_uint(&r, class->recent_objects);
		rows_put_uint(&r, class->recent_bytes);
		rows_finish_row(&r);
	}
	rows_end(&r);
}

static void put_savings(struct database *d, const struct model *model)
{
	struct rows r;

	rows_begin(&r, d, "savings");
	for (uint32_t i = 0; i < model->saving_count; i++) {
		const struct model_saving *saving = &model->savings[i];

		rows_put_text(&r, saving->rule_name);
		rows_put_reference(&r, saving->site);
		rows_put_name(&r, saving->name);
		rows_put_name(&r, saving->type);
		rows_put_uint(&r, saving->groups);
		rows_put_uint(&r, saving->count);
		rows_put_uint(&r, saving->bytes);
		rows_put_uint(&r, saving->saved_bytes);
		rows_put_double(&r, saving->bytes_per_s);
		rows_finish_row(&r);
	}
	rows_end(&r);
}

static void put_findings(struct sqlite_stacks *stacks, const struct model *model)
{
	struct rows findings, frames;
	struct rows *r = &findings;

	rows_begin(&findings, stacks->database, "findings");
	rows_begin(&frames, stacks->database, "finding_stacks");
	for (uint32_t i = 0; i < model->finding_count; i++) {
		const struct model_finding *finding = &model->findings[i];

		rows_put_int(r, i + 1);
		rows_put_text(r, finding->rule_name);
		rows_put_text(r, severities[finding->severity]);
		rows_put_reference(r, finding->site);
		rows_put_text(r, finding->message);
		rows_put_uint(r, finding->occurrences);
		rows_put_uint(r, finding->bytes);
		rows_put_uint(r, finding->first_ns);
		rows_finish_row(r);
		sqlite_put_stack(stacks, &frames, i + 1, "allocation", &finding->allocation);
		sqlite_put_stack(stacks, &frames, i + 1, "release", &finding->release);
		sqlite_put_stack(stacks, &frames, i + 1, "first_release", &finding->first_release);
	}
	rows_end(&frames);
	rows_end(&findings);
}

static void fill(struct database *d, const struct model *model,
		 const struct export_options *options)
{
	struct sqlite_stacks stacks = {.database = d, .all_frames = options->all_frames};

	/* Nobody else reads it, and there is nothing to roll back to. The id is "tnur". */
	database_run(d, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;"
			"PRAGMA application_id = 0x746e7572; PRAGMA user_version = 1; BEGIN");
	database_run(d, sqlite_tables);
	rows_begin(&stacks.frames, d, "frames");
	sqlite_put_run(d, model);
	sqlite_put_heap(d, &model->fragmentation);
	sqlite_put_sites(&stacks, model);
	sqlite_put_groups(d, model);
	put_findings(&stacks, model);
	put_classes(d, &model->snapshot);
	put_savings(d, model);
	rows_end(&stacks.frames);
	database_run(d, sqlite_indices);
	database_run(d, "COMMIT");
	frame_numbers_release(&stacks.numbers);
}

static int errno_of(int status)
{
	return status == SQLITE_NOMEM ? ENOMEM : status == SQLITE_FULL ? EFBIG : EIO;
}

static int write_sqlite(const struct model *model, const struct export_options *options, FILE *file)
{
	struct database d = {NULL, SQLITE_OK};
	sqlite3_int64 bytes = MOST_BYTES;
	unsigned char *all = NULL;

	/* This kind of memory is in one piece already, and stands in for temporary files, too:
	 * temp_store = MEMORY would only make indices slower. */
	d.status = sqlite3_open_v2("tenure", &d.handle,
				   SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
				   "memdb");
	if (!d.status)
		sqlite3_file_control(d.handle, "main", SQLITE_FCNTL_SIZE_LIMIT, &bytes);
	fill(&d, model, options);
	if (!d.status)
		all = sqlite3_serialize(d.handle, "main", &bytes, SQLITE_SERIALIZE_NOCOPY);
	if (all)
		fwrite(all, 1, (size_t)bytes, file);
	else
		errno = errno_of(d.status ? d.status : SQLITE_NOMEM);
	/* Not before it is written: the memory is the database's. */
	sqlite3_close(d.handle);
	return all && !ferror(file) ? 0 : -1;
}

const struct export_format export_sqlite = {
	.name = "sqlite",
	.extension = ".sqlite",
	.binary = true,
	.detailed = true,
	.write = write_sqlite,
};
