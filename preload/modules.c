/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "modules.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "atomics.h"
#include "lock.h"
#include "region.h"
#include "stamp.h"

#define PAGE 4096u
#define BUILD_ID_MOST 20u
#define ENCODING_PCREL_SDATA4 0x1b /* of the address of .eh_frame in .eh_frame_hdr */

/* What the collector does not need: the code's own unwind information. Same index as the table. */
static const uint8_t *frame_info[MODULE_SLOTS];
static uint32_t seen[MODULE_SLOTS]; /* latest scan that found it; guarded by lock */
static uint32_t last_scan; /* guarded by lock */
_Atomic uint64_t modules_unloaded_low = UINT64_MAX, modules_unloaded_high = UINT64_MAX;
_Atomic uint32_t modules_generation = 1;
static struct lock lock;

/* What the program headers of a loaded module tell. */
struct found {
	uint64_t bias, start, end;
	const char *path;
	const uint8_t *eh_frame_hdr;
	const uint8_t *build_id;
	uint32_t build_id_bytes;
};

static void find_build_id(struct found *f, const char *notes, size_t bytes)
{
	while (bytes >= sizeof(ElfW(Nhdr))) {
		const ElfW(Nhdr) *note = (const void *)notes;
		size_t name_bytes = (note->n_namesz + 3u) & ~3u;
		size_t note_bytes = sizeof *note + name_bytes + ((note->n_descsz + 3u) & ~3u);

		if (note_bytes > bytes)
			return;
		if (note->n_type == NT_GNU_BUILD_ID && note->n_namesz == 4 &&
		    !memcmp(note + 1, "GNU", 4)) {
			f->build_id = (const uint8_t *)(note + 1) + name_bytes;
			f->build_id_bytes = note->n_descsz > BUILD_ID_MOST ? BUILD_ID_MOST
									   : note->n_descsz;
			return;
		}
		notes += note_bytes;
		bytes -= note_bytes;
	}
}

static bool is_loaded(const ElfW(Phdr) * headers, size_t count, uint64_t address)
{
	for (size_t i = 0; i < count; i++)
		if (headers[i].p_type == PT_LOAD && (headers[i].p_flags & PF_R) &&
		    address - headers[i].p_vaddr < headers[i].p_memsz)
			return true;
	return false;
}

/* Tools that remove sections leave the index of .eh_frame behind, or the header that points to it. */
static bool has_frame_info(const ElfW(Phdr) * headers, size_t count, uint64_t bias, uint64_t index)
{
	const uint8_t *bytes = (const uint8_t *)(bias + index);
	int32_t distance;

	if (!is_loaded(headers, count, index) || !is_loaded(headers, count, index + 11))
		return false;
	memcpy(&distance, bytes + 4, sizeof distance);
	return bytes[1] != ENCODING_PCREL_SDATA4 ||
	       is_loaded(headers, count, index + 4 + (uint64_t)(int64_t)distance);
}

static bool examine(struct found *f, uint64_t bias, const char *path, const ElfW(Phdr) * headers,
		    size_t count)
{
	*f = (struct found){.bias = bias, .start = UINT64_MAX, .path = path};
	for (size_t i = 0; i < count; i++) {
		const ElfW(Phdr) *h = &headers[i];
		uint64_t at = bias + h->p_vaddr;

		if (h->p_type == PT_LOAD) {
			if ((at & ~(uint64_t)(PAGE - 1)) < f->start)
				f->start = at & ~(uint64_t)(PAGE - 1);
			if (at + h->p_memsz > f->end)
				f->end = (at + h->p_memsz + PAGE - 1) & ~(uint64_t)(PAGE - 1);
		} else if (h->p_type == PT_GNU_EH_FRAME) {
			if (has_frame_info(headers, count, bias, h->p_vaddr))
				f->eh_frame_hdr = (const uint8_t *)at;
		} else if (h->p_type == PT_NOTE && !f->build_id) {
			find_build_id(f, (const char *)at, h->p_memsz);
		}
	}
	return f->start < f->end;
}

static bool same_module(const struct module_entry *e, const struct found *f)
{
	size_t path_bytes = strlen(f->path);

	return e->bias == f->bias && e->start == f->start && e->end == f->end &&
	       e->build_id_bytes == f->build_id_bytes &&
	       !memcmp(e->build_id, f->build_id, e->build_id_bytes) &&
	       e->path_bytes == path_bytes &&
	       !memcmp(region.names + e->path_offset, f->path, path_bytes);
}

static uint32_t used(void)
{
	return load_relaxed(&region.header->modules_used);
}

/* Index of the entry for a module, UINT32_MAX if the table does not have it. */
static uint32_t find_entry(const struct found *f)
{
	for (uint32_t i = 0; i < used(); i++)
		if (same_module(&region.modules[i], f))
			return i;
	return UINT32_MAX;
}

static bool overlaps_any(const struct found *f)
{
	for (uint32_t i = 0; i < used(); i++)
		if (f->start < region.modules[i].end && region.modules[i].start < f->end)
			return true;
	return false;
}

static void append(const struct found *f)
{
	uint32_t index = used(), path_bytes = (uint32_t)strlen(f->path);
	struct module_entry *e = &region.modules[index];

	if (index >= MODULE_SLOTS || !region_add_name(f->path, path_bytes, &e->path_offset)) {
		add_relaxed(&region.header->modules_lost, 1);
		return;
	}
	e->bias = f->bias;
	e->start = f->start;
	e->end = f->end;
	e->path_bytes = path_bytes;
	e->epoch = overlaps_any(f) ? (uint16_t)(load_relaxed(&region.header->unload_count) %
						(FRAME_EPOCH_MOST + 1))
				   : 0;
	e->build_id_bytes = (uint8_t)f->build_id_bytes;
	if (f->build_id)
		memcpy(e->build_id, f->build_id, f->build_id_bytes);
	e->load_stamp = stamp_now();
	e->unload_stamp = 0;
	frame_info[index] = f->eh_frame_hdr;
	seen[index] = last_scan;
	store_release(&e->state, MODULE_LOADED);
	store_release(&region.header->modules_used, index + 1);
}

/* Enters a loaded module, or revives the entry it had at the same place. Lock is held. */
static void enter(const struct found *f)
{
	uint32_t index = find_entry(f);

	if (index == UINT32_MAX) {
		append(f);
		return;
	}
	seen[index] = last_scan;
	if (load_relaxed(&region.modules[index].state) == MODULE_LOADED)
		return;
	frame_info[index] = f->eh_frame_hdr;
	region.modules[index].unload_stamp = 0;
	store_release(&region.modules[index].state, MODULE_LOADED);
	add_relaxed(&modules_generation, 1);
}

static int scan_one(struct dl_phdr_info *info, size_t size, void *context)
{
	struct found f;

	(void)size;
	(void)context;
	if (examine(&f, info->dlpi_addr, info->dlpi_name, info->dlpi_phdr, info->dlpi_phnum))
		enter(&f);
	return 0;
}

static int scan(struct dl_phdr_info *info, size_t size, void *context)
{
	uint64_t mask = lock_acquire(&lock); /* always inside the loader's lock, never around it */

	scan_one(info, size, context);
	lock_release(&lock, mask);
	return 0;
}

void modules_start(void)
{
	dl_iterate_phdr(scan, NULL);
}

void modules_inherit(const struct region *parent)
{
	uint32_t count = load_acquire(&parent->header->modules_used);
	uint32_t names = load_acquire(&parent->header->names_used);

	lock_reset(&lock);
	/* Offsets into names keep their meaning: the parent's come first. */
	memcpy(region.names, parent->names, names);
	memcpy(region.modules, parent->modules, count * sizeof *region.modules);
	store_relaxed(&region.header->names_used, names);
	store_relaxed(&region.header->unload_count, load_relaxed(&parent->header->unload_count));
	store_release(&region.header->modules_used, count);
}

static void widen_unloaded(uint64_t start, uint64_t end)
{
	if (start < load_relaxed(&modules_unloaded_low))
		store_relaxed(&modules_unloaded_low, start);
	if (end > load_relaxed(&modules_unloaded_high) ||
	    load_relaxed(&modules_unloaded_high) == UINT64_MAX)
		store_relaxed(&modules_unloaded_high, end);
}

/* Lock is held. */
static void mark_unloaded(struct module_entry *e)
{
	e->unload_stamp = stamp_now();
	store_release(&e->state, MODULE_UNLOADED);
	widen_unloaded(e->start, e->end);
}

static void count_unload(void)
{
	add_relaxed(&region.header->unload_count, 1);
	add_relaxed(&modules_generation, 1);
}

/* An entry that another module was found in the place of. */
static void retire(uint32_t index)
{
	uint64_t mask = lock_acquire(&lock);

	if (load_relaxed(&region.modules[index].state) == MODULE_LOADED) {
		mark_unloaded(&region.modules[index]);
		count_unload();
	}
	lock_release(&lock, mask);
}

void modules_rescan(void)
{
	bool any = false;
	uint64_t mask = lock_acquire(&lock);
	uint32_t scan_number = ++last_scan; /* other threads may scan at the same time */

	lock_release(&lock, mask);
	dl_iterate_phdr(scan, NULL);
	mask = lock_acquire(&lock);
	for (uint32_t i = 0; i < used(); i++) {
		struct module_entry *e = &region.modules[i];

		if (seen[i] >= scan_number || load_relaxed(&e->state) != MODULE_LOADED)
			continue;
		mark_unloaded(e);
		any = true;
	}
	if (any)
		count_unload();
	lock_release(&lock, mask);
}

static uint32_t entry_of(uint64_t pc)
{
	uint32_t count = load_acquire(&region.header->modules_used);

	for (uint32_t i = 0; i < count; i++) {
		const struct module_entry *e = &region.modules[i];

		if (pc - e->start < e->end - e->start && load_acquire(&e->state) == MODULE_LOADED)
			return i;
	}
	return UINT32_MAX;
}

/* A module that was loaded without our knowing (dlopen, or libc for its own use): the loader's
 * lock-free lookup (glibc 2.35 and later) finds it. */
static uint32_t discover(uint64_t pc)
{
#if __GLIBC_PREREQ(2, 35)
	struct dl_find_object object;
	const ElfW(Ehdr) * header;
	const char *path;
	struct found f;
	uint64_t mask;

	if (_dl_find_object((void *)pc, &object) != 0)
		return UINT32_MAX;
	header = object.dlfo_map_start;
	path = object.dlfo_link_map->l_name;
	/* Program headers may lie in a part of the file that is not mapped, or not there. */
	if (memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 ||
	    header->e_phoff > PAGE - header->e_phnum * sizeof(ElfW(Phdr)) ||
	    !examine(&f, object.dlfo_link_map->l_addr, path ? path : "",
		     (const void *)((const char *)header + header->e_phoff), header->e_phnum))
		return UINT32_MAX;
	mask = lock_acquire(&lock);
	enter(&f);
	lock_release(&lock, mask);
	return entry_of(pc);
#else
	(void)pc;
	return UINT32_MAX;
#endif
}

/*
 * The loader is asked each time (its answer is lock-free, and rows are cached): a module that libc
 * loaded for its own use is unloaded without our knowing, and its address is used again.
 */
const uint8_t *modules_frame_info(uint64_t pc)
{
	uint32_t index = entry_of(pc);
#if __GLIBC_PREREQ(2, 35)
	struct dl_find_object object;

	if (_dl_find_object((void *)pc, &object) != 0)
		return NULL;
	if (index != UINT32_MAX && region.modules[index].bias != object.dlfo_link_map->l_addr) {
		retire(index);
		index = UINT32_MAX;
	}
#endif
	if (index == UINT32_MAX)
		index = discover(pc);
	return index == UINT32_MAX ? NULL : frame_info[index];
}

uint64_t modules_tag_reused(uint64_t address)
{
	uint32_t index = entry_of(address);

	if (index == UINT32_MAX)
		index = discover(address); /* loaded where another one was, and new to us */
	if (index == UINT32_MAX)
		return address;
	return address | (uint64_t)region.modules[index].epoch << FRAME_ADDRESS_BITS;
}
