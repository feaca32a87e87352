/* SPDX-License-Identifier: MIT */
#include "image.h"

#include <elfutils/libdwelf.h>
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* libdwfl asks once for the debug file, and then again for others that we find on our own. */
static int find_debug_file(Dwfl_Module *module, void **user, const char *name, Dwarf_Addr base,
			   const char *path, const char *link, GElf_Word link_crc, char **found)
{
	struct image *image = *user;
	struct debugfile_key key = {.path = path, .link = link, .link_crc = link_crc};
	struct stat status;
	GElf_Addr note;
	int build_id_bytes;
	int fd;

	(void)name;
	(void)base;
	if (!image || image->debug_searched || !path)
		return -1;
	image->debug_searched = true;
	build_id_bytes = dwfl_module_build_id(module, &key.build_id, &note);
	key.build_id_bytes = build_id_bytes > 0 ? (size_t)build_id_bytes : 0;
	fd = debugfile_open(&key, found);
	if (fd >= 0 && fstat(fd, &status) == 0)
		image->bytes += (uint64_t)status.st_size;
	return fd;
}

static const Dwfl_Callbacks callbacks = {
	.find_debuginfo = find_debug_file,
	.section_address = dwfl_offline_section_address,
};

static bool open_failed(int fd, const char **problem, const char *what)
{
	*problem = what;
	if (fd >= 0)
		close(fd);
	return false;
}

/* A program or library of the recorded build, as *problem says if not. */
static bool is_wanted(Elf *elf, const uint8_t *build_id, size_t build_id_bytes,
		      const char **problem)
{
	GElf_Ehdr header;
	const void *found;
	ssize_t found_bytes;

	if (!gelf_getehdr(elf, &header) || (header.e_type != ET_EXEC && header.e_type != ET_DYN)) {
		*problem = "not an ELF program or library";
		return false;
	}
	if (!build_id_bytes)
		return true;
	found_bytes = dwelf_elf_gnu_build_id(elf, &found);
	if (found_bytes < 0 || (size_t)found_bytes != build_id_bytes ||
	    memcmp(found, build_id, build_id_bytes) != 0) {
		*problem = "changed since the recording";
		return false;
	}
	return true;
}

static void add_code_segments(struct image *image, Elf *elf)
{
	size_t count;

	if (elf_getphdrnum(elf, &count))
		return;
	for (size_t i = 0; i < count && i < INT32_MAX; i++) {
		GElf_Phdr segment;

		if (!gelf_getphdr(elf, (int)i, &segment))
			break;
		if (segment.p_type == PT_LOAD && (segment.p_flags & PF_X) &&
		    segment.p_memsz <= UINT64_MAX - segment.p_vaddr)
			ranges_add(&image->code, segment.p_vaddr, segment.p_vaddr + segment.p_memsz,
				   0, (uint32_t)i);
	}
	ranges_seal(&image->code);
}

/* Hands the descriptor to libdwfl. */
static bool report(struct image *image, const char *path, int fd)
{
	void **user;

	image->dwfl = dwfl_begin(&callbacks);
	if (!image->dwfl)
		return false;
	dwfl_report_begin(image->dwfl);
	image->module = dwfl_report_elf(image->dwfl, path, path, fd, 0, true);
	if (!image->module)
		return false;
	dwfl_module_info(image->module, &user, NULL, NULL, NULL, NULL, NULL, NULL);
	*user = image;
	return dwfl_report_end(image->dwfl, NULL, NULL) == 0;
}

static void open_debug_information(struct image *image, const char *path)
{
	const char *debug_path = NULL;
	Dwarf_Addr bias;

	image->dwarf = dwfl_module_getdwarf(image->module, &bias);
	if (!image->dwarf)
		return;
	dwfl_module_info(image->module, NULL, NULL, NULL, NULL, NULL, NULL, &debug_path);
	debugfile_open_alternate(&image->alternate, image->dwarf, debug_path ? debug_path : path);
}

bool image_open(struct image *image, const char *path, const uint8_t *build_id,
		size_t build_id_bytes, const char **problem)
{
	struct stat status;
	bool wanted;
	Elf *elf;
	int fd;

	*image = (struct image){.alternate.fd = -1};
	/* "[vdso]" and the like stand for code that the kernel provides. */
	if (!*path || *path == '[')
		return open_failed(-1, problem, "not a file");
	elf_version(EV_CURRENT);
	/* Not to wait for the other end of a pipe that took the place of the file. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return open_failed(fd, problem, errno == ENOENT ? "not found" : strerror(errno));
	if (fstat(fd, &status) || !S_ISREG(status.st_mode))
		return open_failed(fd, problem, "not a regular file");
	image->bytes = (uint64_t)status.st_size;
	elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	if (!elf)
		return open_failed(fd, problem, "not an ELF file");
	wanted = elf_kind(elf) == ELF_K_ELF;
	if (!wanted)
		*problem = "not an ELF file";
	else if ((wanted = is_wanted(elf, build_id, build_id_bytes, problem)))
		add_code_segments(image, elf);
	elf_end(elf);
	if (!wanted)
		return open_failed(fd, problem, *problem);
	/* Only a module that was made owns the descriptor. */
	if (!report(image, path, fd))
		return open_failed(image->module ? -1 : fd, problem, "damaged ELF file");
	open_debug_information(image, path);
	return true;
}

bool image_clip(const struct image *image, uint64_t *low, uint64_t *high)
{
	for (size_t i = 0; i < image->code.count; i++) {
		const struct range *segment = &image->code.items[i];

		if (*low >= segment->low && *low < segment->high) {
			if (*high > segment->high)
				*high = segment->high;
			return true;
		}
	}
	return false;
}

void image_release(struct image *image)
{
	if (image->dwfl)
		dwfl_end(image->dwfl);
	debugfile_close_alternate(&image->alternate);
	ranges_release(&image->code);
	*image = (struct image){.alternate.fd = -1};
}
