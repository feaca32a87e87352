/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "exec_target.h"

#include <elf.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>

#include "arch.h"
#include "digits.h"
#include "syscalls.h"

#define NATIVE_CLASS (sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32)
#define INTERPRETER_LEVELS 4
#define PATH_BYTES 512u
#define FD_LINK "/proc/self/fd/"
#define FD_LINK_BYTES 32u

struct image {
	const char *bytes;
	size_t size;
};

/* A part of the file, or NULL if it is not wholly inside. */
static const void *image_at(const struct image *image, uint64_t offset, uint64_t bytes)
{
	if (offset > image->size || bytes > image->size - offset)
		return NULL;
	return image->bytes + offset;
}

static const ElfW(Phdr) * program_headers(const struct image *image, size_t *count)
{
	const ElfW(Ehdr) *header = image_at(image, 0, sizeof *header);

	*count = header->e_phnum;
	return image_at(image, header->e_phoff, *count * sizeof(ElfW(Phdr)));
}

static bool contains(const struct image *image, uint64_t offset, uint64_t bytes, const char *text)
{
	const char *at = image_at(image, offset, bytes);

	return at && memmem(at, bytes, text, strlen(text));
}

/* Link-time address to file offset, UINT64_MAX if no segment holds it. */
static uint64_t file_offset(const ElfW(Phdr) * headers, size_t count, uint64_t address)
{
	for (size_t i = 0; i < count; i++)
		if (headers[i].p_type == PT_LOAD &&
		    address - headers[i].p_vaddr < headers[i].p_filesz)
			return headers[i].p_offset + (address - headers[i].p_vaddr);
	return UINT64_MAX;
}

static bool needs_sanitizer(const struct image *image, const ElfW(Phdr) * headers, size_t count,
			    const ElfW(Phdr) * dynamic)
{
	static const char *const marks[] = {"__asan_init", "__tsan_init", "__msan_init",
					    "__lsan_init"};
	const ElfW(Dyn) *entry = image_at(image, dynamic->p_offset, dynamic->p_filesz);
	uint64_t names = 0, names_bytes = 0;

	if (!entry)
		return false;
	for (size_t i = 0; i < dynamic->p_filesz / sizeof *entry; i++) {
		if (entry[i].d_tag == DT_STRTAB)
			names = file_offset(headers, count, entry[i].d_un.d_ptr);
		if (entry[i].d_tag == DT_STRSZ)
			names_bytes = entry[i].d_un.d_val;
	}
	for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
		if (contains(image, names, names_bytes, marks[i]))
			return true;
	return false;
}

static enum unrecorded_reason judge_elf(const struct image *image)
{
	const ElfW(Ehdr) *header = image_at(image, 0, sizeof *header);
	const ElfW(Phdr) * headers, *dynamic = NULL, *interpreter = NULL;
	size_t count;

	if (!header)
		return UNRECORDED_OTHER_MACHINE;
	if (header->e_ident[EI_CLASS] != NATIVE_CLASS)
		return UNRECORDED_OTHER_CLASS;
	if (header->e_machine != ARCH_MACHINE)
		return UNRECORDED_OTHER_MACHINE;
	headers = program_headers(image, &count);
	for (size_t i = 0; headers && i < count; i++) {
		if (headers[i].p_type == PT_INTERP)
			interpreter = &headers[i];
		if (headers[i].p_type == PT_DYNAMIC)
			dynamic = &headers[i];
	}
	if (!interpreter || !dynamic)
		return UNRECORDED_STATIC;
	if (contains(image, interpreter->p_offset, interpreter->p_filesz, "ld-musl"))
		return UNRECORDED_MUSL;
	if (needs_sanitizer(image, headers, count, dynamic))
		return UNRECORDED_SANITIZER;
	return UNRECORDED_NOT;
}

/* Whether bits and attributes of the file count: the process or a mount can forbid that. */
static bool may_raise_privileges(long fd)
{
	struct statfs mount;

	return sys_call(SYS_prctl, PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0, 0) != 1 &&
	       (sys_failed(sys_call(SYS_fstatfs, fd, (long)&mount, 0, 0, 0, 0)) ||
		!(mount.f_flags & ST_NOSUID));
}

/*
 * Whether the loader will ignore LD_PRELOAD. As the kernel decides on AT_SECURE (execve(2),
 * capabilities(7)): the effective ids that the program begins with are not our real ones, or it is
 * given capabilities that we lack. No call more than needed, since a filter of system calls may kill for
 * it: who set one up without privileges cannot gain any, and is asked for nothing behind prctl.
 */
static bool changes_privileges(long fd, const struct stat *file)
{
	long uid = sys_call(SYS_getuid, 0, 0, 0, 0, 0, 0);
	long gid = sys_call(SYS_getgid, 0, 0, 0, 0, 0, 0);
	bool sets_uid = file->st_mode & S_ISUID;
	bool sets_gid = (file->st_mode & S_ISGID) && (file->st_mode & S_IXGRP);
	bool raises = (sets_uid || sets_gid || uid != 0) && may_raise_privileges(fd);
	long new_uid, new_gid;

	new_uid = raises && sets_uid ? (long)file->st_uid : sys_call(SYS_geteuid, 0, 0, 0, 0, 0, 0);
	new_gid = raises && sets_gid ? (long)file->st_gid : sys_call(SYS_getegid, 0, 0, 0, 0, 0, 0);
	if (new_uid != uid || new_gid != gid)
		return true;
	return raises && uid != 0 &&
	       sys_call(SYS_fgetxattr, fd, (long)"security.capability", 0, 0, 0, 0) > 0;
}

/* Copies the interpreter of a "#!" line; false if there is none that fits. */
static bool script_interpreter(const struct image *image, char *path)
{
	size_t at = 2, length = 0;

	while (at < image->size && (image->bytes[at] == ' ' || image->bytes[at] == '\t'))
		at++;
	while (at + length < image->size && !strchr(" \t\n", image->bytes[at + length]))
		length++;
	if (!length || length >= PATH_BYTES)
		return false;
	memcpy(path, image->bytes + at, length);
	path[length] = '\0';
	return true;
}

/* The link in /proc by which a descriptor can be opened anew, and its file be told. */
static void link_of(char *link, long fd)
{
	*digits_put(stpcpy(link, FD_LINK), (uint64_t)fd, 10) = '\0';
}

static long open_at(long directory, const char *path)
{
	return sys_call(SYS_openat, directory, (long)path, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0, 0,
			0);
}

/* Opens a program; a name without slash is looked up in PATH if `search_path`. */
static long open_program(int directory, const char *path, bool search_path)
{
	const char *list = getenv("PATH");
	char candidate[PATH_BYTES];

	if (!*path && directory >= 0) {
		/* Not the descriptor itself, which may be for nothing but executing. */
		link_of(candidate, directory);
		return open_at(AT_FDCWD, candidate);
	}
	if (!list)
		list = "/bin:/usr/bin"; /* as execvp does */
	if (!search_path || strchr(path, '/'))
		return open_at(directory, path);
	for (;;) {
		size_t length = strcspn(list, ":");

		if (length + strlen(path) + 2 <= sizeof candidate) {
			memcpy(candidate, list, length);
			candidate[length] = '\0';
			strcat(strcat(candidate, length ? "/" : "./"), path);
			if (sys_call(SYS_faccessat, AT_FDCWD, (long)candidate, 1 /* X_OK */, 0, 0,
				     0) == 0)
				return open_at(AT_FDCWD, candidate);
		}
		if (!list[length])
			return -1;
		list += length + 1;
	}
}

/* The file by its own name, as /proc/PID/exe would tell it, or else by the one that was given. */
static void take_path(struct exec_target *target, long fd, const char *given)
{
	char link[FD_LINK_BYTES];
	long bytes;

	link_of(link, fd);
	bytes = sys_call(SYS_readlinkat, AT_FDCWD, (long)link, (long)target->path,
			 sizeof target->path, 0, 0);
	if (sys_failed(bytes)) {
		bytes = (long)strnlen(given, sizeof target->path);
		memcpy(target->path, given, (size_t)bytes);
	}
	target->path_bytes = (uint32_t)bytes;
}

/* Judges an open program. True, with the interpreter's path, if it is a script. */
static bool judge_file(struct exec_target *target, long fd, char *interpreter)
{
	struct image image = {0};
	struct stat status;
	bool script = false;
	long map;

	if (fstat((int)fd, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size <= 0)
		return false;
	map = sys_call(SYS_mmap, 0, status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (sys_failed(map))
		return false;
	image.bytes = (const char *)map;
	image.size = (size_t)status.st_size;
	if (image.size >= 4 && !memcmp(image.bytes, ELFMAG, SELFMAG)) {
		target->reason = judge_elf(&image);
		if (target->reason == UNRECORDED_NOT && changes_privileges(fd, &status))
			target->reason = UNRECORDED_PRIVILEGES;
	} else if (image.size > 2 && !memcmp(image.bytes, "#!", 2)) {
		script = script_interpreter(&image, interpreter);
	} /* else it is binfmt_misc's or a shell's business */
	sys_call(SYS_munmap, map, status.st_size, 0, 0, 0, 0);
	return script;
}

void exec_target_judge(struct exec_target *target, int directory, const char *path,
		       bool search_path)
{
	char interpreter[PATH_BYTES];
	bool script = true;

	target->reason = UNRECORDED_NOT;
	for (int level = 0; script && level < INTERPRETER_LEVELS; level++) {
		long fd = open_program(directory, path, search_path);

		if (sys_failed(fd))
			return; /* execute-only or missing */
		script = judge_file(target, fd, interpreter);
		if (target->reason != UNRECORDED_NOT)
			take_path(target, fd, path);
		sys_call(SYS_close, fd, 0, 0, 0, 0, 0);
		directory = AT_FDCWD;
		path = interpreter;
		search_path = false;
	}
}
