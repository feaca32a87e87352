/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "region.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "atomics.h"
#include "syscalls.h"
#include "thread.h"

#define PAGE 4096u
#define ROUND(bytes) (((uint64_t)(bytes) + PAGE - 1) & ~(uint64_t)(PAGE - 1))
#define RINGS_AT_ONCE 16u
#define RING_BYTES (RING_HEADER_BYTES + ROUND(RING_EVENTS * sizeof(struct event_record)))

_Static_assert(sizeof(struct region_header) <= PAGE, "header page");
_Static_assert(sizeof(struct ring_header) <= RING_HEADER_BYTES, "ring header");
_Static_assert(sizeof(struct event_record) == 32, "two records a cache line");
_Static_assert(sizeof(struct unrecorded_entry) == 512, "no padding");
_Static_assert(sizeof(struct python_code) == 32, "no padding");
_Static_assert((RING_EVENTS & (RING_EVENTS - 1)) == 0, "power of two");
_Static_assert((STACK_SLOTS & (STACK_SLOTS - 1)) == 0, "power of two");

struct region region;

struct layout {
	uint64_t modules, names, unrecorded, codes, text, slots, nodes, rings, end;
	uint32_t ring_slots;
};

/* The file size limit counts for sparse memory files too; exceeding it would be a signal. */
static struct layout layout_within(uint64_t limit_bytes)
{
	struct layout l;

	l.modules = PAGE;
	l.names = l.modules + ROUND(MODULE_SLOTS * sizeof(struct module_entry));
	l.unrecorded = l.names + ROUND(NAMES_BYTES);
	l.codes = l.unrecorded + ROUND(UNRECORDED_SLOTS * sizeof(struct unrecorded_entry));
	l.text = l.codes + ROUND(PYTHON_CODES * sizeof(struct python_code));
	l.slots = l.text + ROUND(PYTHON_TEXT_BYTES);
	l.nodes = l.slots + ROUND(STACK_SLOTS * sizeof(uint32_t));
	l.rings = l.nodes + ROUND(STACK_NODES * sizeof(struct stack_node));
	l.ring_slots = 0;
	if (limit_bytes > l.rings + PAGE)
		l.ring_slots = (uint32_t)((limit_bytes - l.rings - PAGE) / RING_BYTES > RING_SLOTS
						  ? RING_SLOTS
						  : (limit_bytes - l.rings - PAGE) / RING_BYTES);
	/* One page more than the rings: what is mapped after the last ring must exist. */
	l.end = l.rings + l.ring_slots * RING_BYTES + PAGE;
	return l;
}

static long create_file(const char *path)
{
	if (path)
		return sys_fallible(SYS_openat, AT_FDCWD, (long)path,
				    O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600, 0, 0);
	return sys_fallible(SYS_memfd_create, (long)"tenure", MFD_CLOEXEC | MFD_ALLOW_SEALING, 0, 0,
			    0, 0);
}

/* Rings that are mapped with the rest: most programs need no more. */
static uint32_t rings_at_once(const struct layout *l)
{
	return l->ring_slots < RINGS_AT_ONCE ? l->ring_slots : RINGS_AT_ONCE;
}

static void place(char *base, const struct layout *l)
{
	struct region_header *h = (struct region_header *)base;

	region.header = h;
	region.modules = (struct module_entry *)(base + l->modules);
	region.names = base + l->names;
	region.unrecorded = (struct unrecorded_entry *)(base + l->unrecorded);
	region.python_codes = (struct python_code *)(base + l->codes);
	region.python_text = base + l->text;
	region.slots = (_Atomic uint32_t *)(base + l->slots);
	region.nodes = (struct stack_node *)(base + l->nodes);
	region.next_ring = base + l->rings;
	region.rings_mapped = 0;
	region.rings_at_once = rings_at_once(l);
	region.fixed_bytes = l->rings;
	h->magic = REGION_MAGIC;
	h->version = PROTOCOL_VERSION;
	h->module_slots = MODULE_SLOTS;
	h->names_bytes = NAMES_BYTES;
	h->unrecorded_slots = UNRECORDED_SLOTS;
	h->python_codes = PYTHON_CODES;
	h->python_text_bytes = PYTHON_TEXT_BYTES;
	h->stack_slots = STACK_SLOTS;
	h->stack_nodes = STACK_NODES;
	h->thread_state_bytes = sizeof(struct thread);
	h->ring_slots = l->ring_slots;
	h->ring_events = RING_EVENTS;
	h->modules_offset = l->modules;
	h->names_offset = l->names;
	h->unrecorded_offset = l->unrecorded;
	h->python_codes_offset = l->codes;
	h->python_text_offset = l->text;
	h->slots_offset = l->slots;
	h->nodes_offset = l->nodes;
	h->rings_offset = l->rings;
	h->region_bytes = l->end;
	store_relaxed(&h->nodes_used, 1); /* node 0 is "no stack" */
}

long region_create(const char *path)
{
	struct rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};
	struct layout layout;
	long fd, base;

	sys_call(SYS_prlimit64, 0, RLIMIT_FSIZE, 0, (long)&limit, 0, 0);
	layout = layout_within(limit.rlim_cur);
	if (!layout.ring_slots)
		return -EFBIG;
	fd = create_file(path);
	if (sys_failed(fd))
		return fd;
	base = sys_fallible(SYS_ftruncate, fd, (long)layout.end, 0, 0, 0, 0);
	if (!sys_failed(base))
		base = sys_fallible(
			SYS_mmap, 0,
			(long)(layout.rings + rings_at_once(&layout) * RING_BYTES + PAGE),
			PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (sys_failed(base)) {
		sys_call(SYS_close, fd, 0, 0, 0, 0, 0);
		return base;
	}
	if (!path)
		sys_call(SYS_fcntl, fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL, 0,
			 0, 0);
	place((char *)base, &layout);
	return fd;
}

static void forget(void *start, size_t bytes, bool keep_writable)
{
	if (keep_writable)
		sys_call(SYS_mmap, (long)start, (long)bytes, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	else
		sys_call(SYS_munmap, (long)start, (long)bytes, 0, 0, 0, 0);
}

void region_forget(struct region *forgotten, bool keep_writable)
{
	size_t rings_left = 0;

	if (!forgotten->header)
		return;
	if (forgotten->rings_mapped < forgotten->rings_at_once)
		rings_left = forgotten->rings_at_once - forgotten->rings_mapped;
	forget(forgotten->next_ring, rings_left * RING_BYTES + PAGE, false);
	forget(forgotten->header, forgotten->fixed_bytes, keep_writable);
	forgotten->header = NULL;
}

struct ring_header *region_map_ring(void)
{
	long map = (long)region.next_ring;

	if (region.rings_mapped >= region.header->ring_slots)
		return NULL;
	if (region.rings_mapped >= region.rings_at_once) {
		map = sys_fallible(SYS_mremap, (long)region.next_ring, 0, RING_BYTES + PAGE,
				   MREMAP_MAYMOVE, 0, 0);
		if (sys_failed(map))
			return NULL;
		sys_call(SYS_munmap, (long)region.next_ring, PAGE, 0, 0, 0, 0);
	}
	region.next_ring = (char *)map + RING_BYTES;
	region.rings_mapped++;
	store_release(&region.header->rings_used, region.rings_mapped);
	return (struct ring_header *)map;
}

void region_forget_ring(struct ring_header *ring, bool keep_writable)
{
	forget(ring, RING_BYTES, keep_writable);
}

bool region_add_name(const char *bytes, uint32_t count, uint32_t *offset)
{
	uint32_t at = load_relaxed(&region.header->names_used);

	if (count > NAMES_BYTES - at)
		return false;
	memcpy(region.names + at, bytes, count);
	store_release(&region.header->names_used, at + count);
	*offset = at;
	return true;
}
