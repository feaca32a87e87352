/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../util/human.h"
#include "../util/message.h"

static bool is_kind(const char *path, mode_t kind)
{
	struct stat status;

	return stat(path, &status) == 0 && (status.st_mode & S_IFMT) == kind;
}

int output_check(const char *path)
{
	if (path && !strcmp(path, "-")) {
		error("-o names a file, and - is none");
		hint("without -o the report goes to standard output; ./- is a file of that name");
		return -1;
	}
	if (path && is_kind(path, S_IFDIR)) {
		error("%s is a folder", path);
		hint("-o names the file to write the report to");
		return -1;
	}
	return 0;
}

const char *output_extension(const char *path)
{
	const char *name = human_basename(path);

	return *name ? strrchr(name + 1, '.') : NULL;
}

void output_refuse_extension(const char *path)
{
	error("%s: no format of reports has the extension %s", path, output_extension(path));
	hint("there are .txt, .json, .md and .html; --format makes any name do");
}

FILE *output_open(const char *path, bool force)
{
	int flags = O_WRONLY | O_CREAT | O_CLOEXEC | (force ? O_TRUNC : O_EXCL);
	int fd;

	if (!path)
		return stdout;
	fd = open(path, flags, 0666);
	if (fd < 0) {
		error("%s: %s", path, strerror(errno));
		if (errno == EEXIST)
			hint("use --force to overwrite it");
		return NULL;
	}
	return fdopen(fd, "w");
}

bool output_close(FILE *file, const char *path)
{
	bool failed = ferror(file) || fflush(file);

	if (file != stdout && fclose(file))
		failed = true;
	if (failed)
		error("%s: cannot write: %s", path ? path : "standard output", strerror(errno));
	return !failed;
}

void output_remove(const char *path)
{
	if (path && is_kind(path, S_IFREG))
		unlink(path);
}
