/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "target_check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "../util/message.h"
#include "executable.h"

#define SCRIPT_LEVELS 4 /* as the kernel follows "#!" */
#define LINE_BYTES 256 /* as much of the first line as the kernel reads */

static void reject(struct target_verdict *v, int status, const char *hint_text, const char *format,
		   ...) __attribute__((format(printf, 4, 5)));

static void reject(struct target_verdict *v, int status, const char *hint_text, const char *format,
		   ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(v->problem, sizeof v->problem, format, args);
	va_end(args);
	v->status = status;
	v->hint = hint_text;
}

static bool is_executable_file(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISREG(status.st_mode) &&
	       faccessat(AT_FDCWD, path, X_OK, AT_EACCESS) == 0;
}

/* Finds in PATH what execvp would find. */
static void search(const char *name, struct target_verdict *v)
{
	const char *list = getenv("PATH");
	char candidate[PATH_MAX];
	bool denied = false;

	for (list = list ? list : "/bin:/usr/bin";; list++) {
		size_t length = strcspn(list, ":");
		int bytes = snprintf(candidate, sizeof candidate, "%.*s%s%s", (int)length, list,
				     length ? "/" : "./", name);

		list += length;
		if (bytes < (int)sizeof candidate && is_executable_file(candidate)) {
			strcpy(v->path, candidate);
			return;
		}
		denied |= bytes < (int)sizeof candidate && access(candidate, F_OK) == 0;
		if (!*list)
			break;
	}
	if (denied)
		reject(v, STATUS_CANNOT_EXECUTE, NULL, "%s: permission denied", name);
	else
		reject(v, STATUS_NOT_FOUND, NULL, "%s: not found", name);
}

static void look_up(const char *name, struct target_verdict *v)
{
	struct stat status;

	v->path[0] = '\0';
	if (*name && !strchr(name, '/')) {
		search(name, v);
	} else if (!*name || stat(name, &status) != 0) {
		if (*name && errno != ENOENT && errno != ENOTDIR)
			reject(v, STATUS_CANNOT_EXECUTE, NULL, "%s: %s", name, strerror(errno));
		else
			reject(v, STATUS_NOT_FOUND, NULL, "%s: not found", name);
	} else if (S_ISDIR(status.st_mode)) {
		reject(v, STATUS_CANNOT_EXECUTE, NULL, "%s: is a folder", name);
	} else if (!is_executable_file(name)) {
		reject(v, STATUS_CANNOT_EXECUTE, "chmod +x makes a file executable",
		       "%s: permission denied", name);
	} else {
		snprintf(v->path, sizeof v->path, "%s", name);
	}
}

/* Whether executing the file changes privileges; the loader then ignores LD_PRELOAD. As in
 * capabilities(7), "Safe execution"; mounts and processes can forbid it altogether. */
static const char *privilege_of(int fd)
{
	struct statvfs mount;
	struct stat status;

	if (fstat(fd, &status) != 0 || (fstatvfs(fd, &mount) == 0 && (mount.f_flag & ST_NOSUID)) ||
	    prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
		return NULL;
	if ((status.st_mode & S_ISUID) && status.st_uid != getuid())
		return "setuid";
	if ((status.st_mode & S_ISGID) && (status.st_mode & S_IXGRP) && status.st_gid != getgid())
		return "setgid";
	if (getuid() != 0 && fgetxattr(fd, "security.capability", NULL, 0) > 0)
		return "given capabilities";
	return NULL;
}

static const char *sanitizer_of(const struct executable *x)
{
	static const struct {
		const char *mark, *name;
	} marks[] = {
		{"__asan_init", "AddressSanitizer"}, {"__hwasan_init", "HWAddressSanitizer"},
		{"__tsan_init", "ThreadSanitizer"},  {"__msan_init", "MemorySanitizer"},
		{"__lsan_init", "LeakSanitizer"},    {"liblsan.so.0", "LeakSanitizer"},
	};

	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
		if (executable_mentions(x, marks[i].mark))
			return marks[i].name;
	return NULL;
}

static void check_native(const struct executable *x, const char *name, struct target_verdict *v)
{
	char interpreter[PATH_MAX];
	const char *reason;

	if (!executable_interpreter(x, interpreter, sizeof interpreter))
		reject(v, STATUS_TOOL_FAILED,
		       "link it dynamically: a static program loads no library of ours",
		       "%s: cannot be recorded: it is statically linked", name);
	else if (strstr(interpreter, "ld-musl"))
		reject(v, STATUS_TOOL_FAILED, "build it for the GNU C library to record it",
		       "%s: cannot be recorded: it uses the musl C library", name);
	else if ((reason = sanitizer_of(x)) != NULL)
		reject(v, STATUS_TOOL_FAILED, "build it without -fsanitize to record it",
		       "%s: cannot be recorded: it is built with %s", name, reason);
	else if ((reason = privilege_of(x->fd)) != NULL)
		reject(v, STATUS_TOOL_FAILED,
		       "record it as the user whose rights it takes, or a copy of it",
		       "%s: cannot be recorded: it is %s, and ignores LD_PRELOAD", name, reason);
}

/* Takes the next word of a script's first line. */
static char *next_word(char **line)
{
	char *word = *line + strspn(*line, " \t");

	*line = word + strcspn(word, " \t");
	if (**line)
		*(*line)++ = '\0';
	return *word ? word : NULL;
}

/* What a "#!" line executes in the end: env(1) is only a way to search in PATH. */
static char *script_program(char *line)
{
	char *program = next_word(&line), *word;
	const char *slash = program ? strrchr(program, '/') : NULL;

	if (!slash || strcmp(slash, "/env"))
		return program;
	while ((word = next_word(&line)) != NULL)
		if (*word != '-' && !strchr(word, '='))
			return word;
	return program;
}

/* Reads the first line of a script without its "#!"; false if the file is none. */
static bool read_script(int fd, char line[LINE_BYTES + 1])
{
	ssize_t bytes = pread(fd, line, LINE_BYTES, 0);

	if (bytes < 3 || memcmp(line, "#!", 2))
		return false;
	line[bytes] = '\0';
	line[strcspn(line, "\n")] = '\0';
	memmove(line, line + 2, strlen(line + 2) + 1);
	return true;
}

/* Judges v->path. Returns true, with the name of the interpreter, if it is a script. */
static bool check_file(const char *name, struct target_verdict *v, char line[LINE_BYTES + 1],
		       char **interpreter)
{
	int fd = open(v->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct executable x;

	*interpreter = NULL;
	if (fd < 0)
		return false; /* may be executed, not read */
	executable_read(&x, fd);
	if (x.kind == EXECUTABLE_OTHER_CLASS)
		reject(v, STATUS_TOOL_FAILED, "build it for this machine's native word size",
		       "%s: cannot be recorded: it is a %d-bit program, tenure has %d bits", name,
		       sizeof(void *) == 8 ? 32 : 64, (int)sizeof(void *) * 8);
	else if (x.kind == EXECUTABLE_OTHER_MACHINE)
		reject(v, STATUS_TOOL_FAILED, "record it where it is at home",
		       "%s: cannot be recorded: it is built for another processor", name);
	else if (x.kind == EXECUTABLE_NATIVE)
		check_native(&x, name, v);
	else if (read_script(fd, line))
		*interpreter = script_program(line);
	executable_release(&x);
	close(fd);
	return *interpreter != NULL;
}

void target_check(const char *name, struct target_verdict *verdict)
{
	struct target_verdict target;
	char lines[SCRIPT_LEVELS][LINE_BYTES + 1];
	char *interpreter = NULL;

	memset(verdict, 0, sizeof *verdict);
	look_up(name, verdict);
	if (verdict->status || !check_file(name, verdict, lines[0], &interpreter))
		return;
	for (int level = 1; level < SCRIPT_LEVELS; level++) {
		char full_name[sizeof target.problem];

		memset(&target, 0, sizeof target);
		look_up(interpreter, &target);
		if (target.status) {
			reject(verdict, STATUS_NOT_FOUND, NULL, "%s: its interpreter %.200s", name,
			       target.problem);
			return;
		}
		snprintf(full_name, sizeof full_name, "%.2000s: its interpreter %.1000s", name,
			 interpreter);
		if (!check_file(full_name, &target, lines[level], &interpreter)) {
			if (target.status)
				reject(verdict, target.status, target.hint, "%s", target.problem);
			return;
		}
	}
}
