/* SPDX-License-Identifier: MIT */
#include "open_trace.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "../record/collector.h"
#include "../util/arena.h"
#include "../util/message.h"

static bool is_region(const char *path)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC); /* whatever it is: do not wait */
	uint64_t magic = 0;
	bool is = fd >= 0 && pread(fd, &magic, sizeof magic, 0) == sizeof magic &&
		  magic == REGION_MAGIC;

	if (fd >= 0)
		close(fd);
	return is;
}

static struct reader *read_or_say_why(const char *path, const char *shown_path)
{
	struct trace_error why;
	struct reader *reader = reader_new(path, &why);

	if (!reader)
		error("%s: offset %" PRIu64 ": %s", shown_path, why.offset, why.message);
	return reader;
}

/* The converted trace lives in an unlinked file, as long as its reader. */
static struct reader *convert(const char *path)
{
	const char *temporary = getenv("TMPDIR");
	struct arena arena = {0};
	char *folder, *trace;
	struct reader *reader = NULL;

	folder = arena_printf(&arena, "%s/tenure-XXXXXX", temporary ? temporary : "/tmp");
	if (!mkdtemp(folder)) {
		error("%s: no temporary folder to read it through: %m", path);
		arena_release(&arena);
		return NULL;
	}
	trace = arena_printf(&arena, "%s/trace", folder);
	if (collector_convert(path, trace) == 0)
		reader = read_or_say_why(trace, path);
	unlink(trace);
	rmdir(folder);
	arena_release(&arena);
	return reader;
}

struct reader *open_trace(const char *path)
{
	return is_region(path) ? convert(path) : read_or_say_why(path, path);
}

bool open_trace_is_whole(const struct reader *reader, const char *path)
{
	const struct trace_error *damage = reader_damage(reader);

	if (damage)
		error("%s: offset %" PRIu64 ": %s", path, damage->offset, damage->message);
	else if (!reader_end(reader))
		error("%s: offset %" PRIu64 ": the trace ends here without its end record (cut "
		      "off, or its program still runs)",
		      path, reader_file_bytes(reader));
	return !damage && reader_end(reader);
}
