/* SPDX-License-Identifier: MIT */
#include "read_profile.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../profile/decode.h"
#include "../profile/fold.h"
#include "../util/message.h"

static bool is_standard_input(const char *path)
{
	return !strcmp(path, "-");
}

bool read_profile_is_for(const char *path)
{
	uint8_t begin[DECODE_MAGIC_BYTES];
	struct stat status;
	bool is;
	int fd;

	if (is_standard_input(path))
		return true;
	if (stat(path, &status))
		return false;
	if (!S_ISREG(status.st_mode))
		return S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	is = fd >= 0 && pread(fd, begin, sizeof begin, 0) == sizeof begin &&
	     decode_is_profile(begin);
	if (fd >= 0)
		close(fd);
	return is;
}

static size_t read_file(void *context, uint8_t *to, size_t bytes)
{
	return fread(to, 1, bytes, context);
}

/* Moves what is there first, adds what comes then. */
static void add(struct profile *into, struct profile *from)
{
	if (!into->program_count && !into->skipped) {
		profile_release(into);
		*into = *from;
		*from = (struct profile){0};
		return;
	}
	fold_profile(into, from);
	profile_release(from);
}

static bool read_all(struct profile *sum, FILE *file, const char *path)
{
	struct decode_source source = {.fill = read_file, .context = file};
	struct decode_error why;
	enum decode_result result;

	do {
		struct profile next = {0};

		result = decode_profile(&next, &source, &why);
		if (result == DECODE_PROFILE)
			add(sum, &next);
	} while (result == DECODE_PROFILE);
	if (ferror(file)) {
		error("%s: cannot read: %s", path, strerror(errno));
		return false;
	}
	if (result == DECODE_BAD)
		error("%s: offset %" PRIu64 ": %s", path, why.offset, why.message);
	return result == DECODE_NOTHING;
}

/* Without waiting for a pipe to be opened by a writer, but then for what it writes. */
static FILE *open_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return NULL;
	fcntl(fd, F_SETFL, 0);
	return fdopen(fd, "r");
}

bool read_profile(struct profile *into, const char *path)
{
	FILE *file = is_standard_input(path) ? stdin : open_file(path);
	const char *shown = file == stdin ? "standard input" : path;
	struct profile sum = {0};
	bool whole;

	if (!file) {
		error("%s: %s", path, strerror(errno));
		return false;
	}
	whole = read_all(&sum, file, shown);
	if (whole)
		add(into, &sum);
	else
		profile_release(&sum);
	if (file != stdin)
		fclose(file);
	return whole;
}
