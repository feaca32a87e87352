/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "region.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../util/array.h"
#include "atomics.h"

#define PAGE 4096u
#define ROUND(bytes) (((uint64_t)(bytes) + PAGE - 1) & ~(uint64_t)(PAGE - 1))

/* Beyond any region that libtenure.so makes; keeps what we allocate for one within reason. */
#define MOST_FIXED_BYTES (1ull << 30)
#define MOST_RING_EVENTS (1u << 20)
#define MOST_RINGS (1u << 20)

_Static_assert(sizeof(struct region_header) <= PAGE, "header page");

/* Reads without a mapping: what a file lacks (it may shrink meanwhile) stays zero. */
static void read_at(int fd, void *to, uint64_t bytes, uint64_t offset)
{
	char *at = to;

	while (bytes) {
		ssize_t got = pread(fd, at, bytes, (off_t)offset);

		if (got <= 0)
			return;
		at += got;
		offset += (uint64_t)got;
		bytes -= (uint64_t)got;
	}
}

static void *map_part(const struct region *r, uint64_t offset, uint64_t bytes)
{
	void *part;

	if (r->source == REGION_SHARED)
		part = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, r->fd, (off_t)offset);
	else
		part = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			    0);
	if (part == MAP_FAILED)
		return NULL;
	if (r->source == REGION_ON_DISK)
		read_at(r->fd, part, bytes, offset);
	return part;
}

static bool part_fits(const struct region_header *once, uint64_t offset, uint64_t count,
		      uint64_t item_bytes)
{
	uint64_t end = once->rings_offset;

	return offset >= PAGE && offset % 8 == 0 && offset <= end &&
	       count <= (end - offset) / item_bytes;
}

static const char *check(struct region *r, uint64_t file_bytes)
{
	const struct region_header *once = &r->once;
	uint32_t events = once->ring_events;

	if (once->magic != REGION_MAGIC)
		return "it is not a tenure region";
	if (once->version != PROTOCOL_VERSION)
		return "libtenure.so is of another version than tenure";
	if (once->clock_kind != CLOCK_STAMP_NS && once->clock_kind != CLOCK_STAMP_TSC)
		return "its clock is unknown";
	if (once->rings_offset > MOST_FIXED_BYTES || once->rings_offset % PAGE ||
	    !part_fits(once, once->modules_offset, once->module_slots,
		       sizeof(struct module_entry)) ||
	    !part_fits(once, once->names_offset, once->names_bytes, 1) ||
	    !part_fits(once, once->unrecorded_offset, once->unrecorded_slots,
		       sizeof(struct unrecorded_entry)) ||
	    !part_fits(once, once->python_codes_offset, once->python_codes,
		       sizeof(struct python_code)) ||
	    !part_fits(once, once->python_text_offset, once->python_text_bytes, 1) ||
	    !part_fits(once, once->nodes_offset, once->stack_nodes, sizeof(struct stack_node)))
		return "its tables lie outside of it";
	if (!events || events > MOST_RING_EVENTS || (events & (events - 1)) || !once->ring_slots ||
	    once->ring_slots > MOST_RINGS)
		return "its rings have an impossible size";
	r->ring_bytes = RING_HEADER_BYTES + ROUND(events * sizeof(struct event_record));
	if (once->region_bytes > file_bytes || once->rings_offset > once->region_bytes ||
	    once->ring_slots > (once->region_bytes - once->rings_offset) / r->ring_bytes)
		return "it is shorter than it says";
	return NULL;
}

const char *region_open(struct region *r, int fd, enum region_source source)
{
	struct stat status;
	const char *problem;
	int seals;

	memset(r, 0, sizeof *r);
	r->fd = fd;
	r->source = source;
	seals = source == REGION_SHARED ? fcntl(fd, F_GET_SEALS) : F_SEAL_SHRINK;
	if (seals < 0 || !(seals & F_SEAL_SHRINK))
		problem = "its memory is not sealed";
	else if (fstat(fd, &status) != 0)
		problem = "its size is unknown";
	else {
		/* Only the constants: the rest of the copy must not be mistaken for current. */
		read_at(fd, &r->once, offsetof(struct region_header, flags), 0);
		problem = check(r, (uint64_t)status.st_size);
	}
	if (!problem) {
		r->header = map_part(r, 0, r->once.rings_offset);
		if (!r->header)
			problem = "its memory cannot be mapped";
	}
	if (problem)
		region_close(r);
	else
		r->rings = xcalloc(r->once.ring_slots, sizeof *r->rings);
	return problem;
}

void region_close(struct region *r)
{
	for (uint32_t i = 0; r->rings && i < r->once.ring_slots; i++)
		region_unmap_ring(r, i);
	free(r->rings);
	if (r->header)
		munmap(r->header, r->once.rings_offset);
	close(r->fd);
	memset(r, 0, sizeof *r);
	r->fd = -1;
}

uint32_t region_ring_count(const struct region *r)
{
	uint32_t used = load_acquire(&r->header->rings_used);

	return used < r->once.ring_slots ? used : r->once.ring_slots;
}

static uint64_t ring_offset(const struct region *r, uint32_t number)
{
	return r->once.rings_offset + number * r->ring_bytes;
}

struct ring_header *region_ring(struct region *r, uint32_t number)
{
	if (!r->rings[number])
		r->rings[number] = map_part(r, ring_offset(r, number), r->ring_bytes);
	return r->rings[number];
}

void region_unmap_ring(struct region *r, uint32_t number)
{
	if (r->rings[number])
		munmap(r->rings[number], r->ring_bytes);
	r->rings[number] = NULL;
}

uint64_t region_unread_events(const struct region *r, uint32_t number)
{
	struct ring_header ring;
	uint64_t head, tail;

	memset(&ring, 0, sizeof ring);
	read_at(r->fd, &ring, sizeof ring, ring_offset(r, number));
	head = load_relaxed(&ring.head);
	tail = load_relaxed(&ring.tail);
	if (head - tail > r->once.ring_events)
		head = tail + r->once.ring_events;
	return head - tail + load_relaxed(&ring.lost);
}

static char *part(const struct region *r, uint64_t offset)
{
	return (char *)r->header + offset;
}

bool region_node(const struct region *r, uint32_t id, struct stack_node *node)
{
	struct stack_node *nodes = (struct stack_node *)part(r, r->once.nodes_offset);

	if (id == 0 || id >= r->once.stack_nodes)
		return false;
	node->frame = load_once(&nodes[id].frame);
	node->parent = load_once(&nodes[id].parent);
	return true;
}

bool region_module(const struct region *r, uint32_t number, struct module_entry *entry)
{
	struct module_entry *modules = (struct module_entry *)part(r, r->once.modules_offset);

	if (number >= r->once.module_slots || load_acquire(&modules[number].state) == MODULE_EMPTY)
		return false;
	memcpy(entry, &modules[number], sizeof *entry);
	return true;
}

bool region_unrecorded(const struct region *r, uint32_t number, struct unrecorded_entry *entry)
{
	struct unrecorded_entry *entries = (struct unrecorded_entry *)part(
		r, r->once.unrecorded_offset);

	if (number >= r->once.unrecorded_slots ||
	    load_acquire(&entries[number].state) != UNRECORDED_FILLED)
		return false;
	memcpy(entry, &entries[number], sizeof *entry);
	if (entry->path_bytes > sizeof entry->path)
		entry->path_bytes = sizeof entry->path;
	return true;
}

bool region_python_code(const struct region *r, uint32_t number, struct python_code *code)
{
	struct python_code *codes = (struct python_code *)part(r, r->once.python_codes_offset);

	if (number == 0 || number > r->once.python_codes ||
	    number > load_acquire(&r->header->python_codes_used))
		return false;
	memcpy(code, &codes[number - 1], sizeof *code);
	return true;
}

const char *region_python_text(const struct region *r, uint32_t offset, uint32_t bytes)
{
	if (offset > r->once.python_text_bytes || bytes > r->once.python_text_bytes - offset)
		return NULL;
	return part(r, r->once.python_text_offset) + offset;
}

size_t region_name(const struct region *r, uint32_t offset, uint32_t bytes, char *to,
		   size_t to_bytes)
{
	to[0] = '\0';
	if (offset > r->once.names_bytes || bytes > r->once.names_bytes - offset)
		return 0;
	if (bytes > to_bytes - 1)
		bytes = (uint32_t)(to_bytes - 1);
	memcpy(to, part(r, r->once.names_offset) + offset, bytes);
	to[bytes] = '\0';
	return bytes;
}
