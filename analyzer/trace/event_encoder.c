/* SPDX-License-Identifier: MIT */
#include "event_encoder.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>

#include "../util/array.h"
#include "addresses.h"
#include "stamp_step.h"

/* Both at least the entries they chain, so that chains stay short. */
#define SITE_BUCKETS EVENTS_PER_CHUNK_MAX
#define SLOT_BUCKETS EVENTS_PER_CHUNK_MAX
#define BUCKETS_MIN 64u
#define MARKS 65536u
#define MARKS_PER_WORD 64u

/* Shape by number, or a new one: kind, api, detail, flags. */
#define SHAPE_BYTES_MAX (1 + 2 + 2 + 3 + 1)

struct encoder_site {
	uint64_t key; /* kind, api, detail, stack */
	uint64_t first_size, last_size;
	uint16_t first_event;
	uint16_t older; /* in the same bucket, index + 1 */
	uint8_t flags, role;
};

struct event_encoder {
	uint32_t site_count;
	uint32_t bucket_mask; /* of both tables, fit to the number of events */
	struct encoder_site sites[EVENTS_PER_CHUNK_MAX];
	uint16_t site_buckets[SITE_BUCKETS]; /* index + 1 */
	uint16_t site_of_event[EVENTS_PER_CHUNK_MAX];
	struct site_shape shapes[SHAPES_KEPT_MAX];
	uint32_t shape_count;
	struct addresses addresses;
	uint16_t slot_buckets[SLOT_BUCKETS]; /* slots by address, index + 1 */
	uint16_t older_slot[EVENTS_PER_CHUNK_MAX]; /* in the same bucket, index + 1 */
	/* Saves most searches among the releases of unknown class: a bit for each of their addresses,
	 * which it shares with others. */
	uint64_t marks[MARKS / MARKS_PER_WORD];
	struct bytes columns[COLUMN_COUNT];
};

struct event_encoder *event_encoder_new(void)
{
	return xcalloc(1, sizeof(struct event_encoder));
}

void event_encoder_free(struct event_encoder *encoder)
{
	if (!encoder)
		return;
	for (int i = 0; i < COLUMN_COUNT; i++)
		bytes_release(&encoder->columns[i]);
	free(encoder);
}

static uint32_t hash(uint64_t key)
{
	return (uint32_t)(key * 0x9e3779b97f4a7c15ull >> 40);
}

static void clear_tables(struct event_encoder *e, uint32_t count)
{
	uint32_t buckets = BUCKETS_MIN;

	while (buckets < count)
		buckets *= 2;
	e->bucket_mask = buckets - 1;
	memset(e->site_buckets, 0, buckets * sizeof *e->site_buckets);
	memset(e->slot_buckets, 0, buckets * sizeof *e->slot_buckets);
	memset(e->marks, 0, sizeof e->marks);
	e->site_count = 0;
	addresses_clear(&e->addresses);
}

/* What makes a site lies together in a record. */
static uint64_t site_key(const struct event_record *event)
{
	uint64_t key;

	_Static_assert(offsetof(struct event_record, stack) + sizeof key == sizeof *event,
		       "stack, kind, api and detail are the end of a record");
	memcpy(&key, &event->stack, sizeof key);
	return key;
}

static uint32_t find_site(struct event_encoder *e, const struct event_record *events, uint32_t at)
{
	uint64_t key = site_key(&events[at]);
	uint16_t *bucket = &e->site_buckets[hash(key) & e->bucket_mask];
	struct encoder_site *site;

	for (uint32_t i = *bucket; i; i = e->sites[i - 1].older) {
		if (e->sites[i - 1].key == key)
			return i - 1;
	}
	site = &e->sites[e->site_count];
	site->key = key;
	site->first_size = site->last_size = events[at].size;
	site->first_event = (uint16_t)at;
	site->flags = 0;
	site->older = *bucket;
	*bucket = (uint16_t)++e->site_count;
	return e->site_count - 1;
}

static void find_sites(struct event_encoder *e, const struct event_record *events, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		uint32_t index = find_site(e, events, i);
		struct encoder_site *site = &e->sites[index];

		e->site_of_event[i] = (uint16_t)index;
		site->flags |= (uint8_t)((events[i].address != 0) * SITE_ADDRESSED |
					 (events[i].size != site->first_size) * SITE_RESIZED);
	}
	for (uint32_t i = 0; i < e->site_count; i++) {
		struct encoder_site *site = &e->sites[i];

		site->role = (uint8_t)event_columns_role(events[site->first_event].kind,
							 site->flags);
	}
}

/* The number of a shape, from 1; new ones are kept if there is room, and are 0 this once. */
static uint32_t number_of_shape(struct event_encoder *e, const struct site_shape *shape)
{
	for (uint32_t i = 0; i < e->shape_count; i++)
		if (event_columns_same_shape(&e->shapes[i], shape))
			return i + 1;
	if (e->shape_count < SHAPES_KEPT_MAX)
		e->shapes[e->shape_count++] = *shape;
	return 0;
}

static uint8_t *store_shape(struct event_encoder *e, const struct site_shape *shape, uint8_t *at)
{
	uint32_t number = number_of_shape(e, shape);

	at = bytes_store_varint(at, number);
	if (number)
		return at;
	at = bytes_store_varint(at, shape->kind);
	at = bytes_store_varint(at, shape->api);
	at = bytes_store_varint(at, shape->detail);
	return bytes_store_varint(at, shape->flags);
}

/* Room for `count` elements of a column. */
static uint8_t *begin_column(struct event_encoder *e, enum event_column column, uint32_t count,
			     size_t element_bytes)
{
	/* Storing a varint may touch more bytes than it takes. */
	return bytes_reserve(&e->columns[column], count * element_bytes + VARINT_BYTES_MAX);
}

static void end_column(struct event_encoder *e, enum event_column column, const uint8_t *end)
{
	e->columns[column].used = (size_t)(end - e->columns[column].data);
}

static void put_sites(struct event_encoder *e, const struct event_record *events,
		      stack_id stack_max)
{
	uint8_t *shapes = begin_column(e, COLUMN_SHAPES, e->site_count, SHAPE_BYTES_MAX);
	uint8_t *stacks = begin_column(e, COLUMN_STACKS, e->site_count, VARINT_BYTES_MAX);
	uint8_t *sizes = begin_column(e, COLUMN_FIRST_SIZES, e->site_count, VARINT_BYTES_MAX);
	stack_id stack_before = 0;

	e->shape_count = 0;
	for (uint32_t i = 0; i < e->site_count; i++) {
		const struct encoder_site *site = &e->sites[i];
		const struct event_record *event = &events[site->first_event];
		stack_id stack = event->stack <= stack_max ? event->stack : 0;
		struct site_shape shape = {.detail = event->detail,
					   .kind = event->kind,
					   .api = event->api,
					   .flags = site->flags};

		shapes = store_shape(e, &shape, shapes);
		stacks = bytes_store_varint(stacks, bytes_zigzag((uint64_t)stack - stack_before));
		sizes = bytes_store_varint(sizes, site->first_size);
		stack_before = stack;
	}
	end_column(e, COLUMN_SHAPES, shapes);
	end_column(e, COLUMN_STACKS, stacks);
	end_column(e, COLUMN_FIRST_SIZES, sizes);
}

static void put_stamps(struct event_encoder *e, const struct event_record *events, uint32_t count,
		       const struct stamp_step *step)
{
	uint8_t *at = begin_column(e, COLUMN_STAMPS, count, 1 + VARINT_BYTES_MAX);
	uint64_t before = events[0].stamp;

	for (uint32_t i = 0; i < count; i++) {
		uint64_t difference = events[i].stamp - before;
		uint64_t steps = stamp_step_count(step, difference);

		if (steps > step->most) {
			*at++ = 0;
			at = bytes_store_varint(at, difference);
		} else {
			at = bytes_store_varint(at, steps + 1);
		}
		before = events[i].stamp;
	}
	end_column(e, COLUMN_STAMPS, at);
}

/* The room for it was made in advance. */
static uint32_t put_distance(struct event_encoder *e, uint64_t address, uint64_t origin)
{
	uint64_t distance = address - origin;
	uint32_t reference = distance & 15 ? REFERENCE_DISTANCE : REFERENCE_DISTANCE_16;
	struct bytes *low = &e->columns[COLUMN_DISTANCES_0];
	struct bytes *middle = &e->columns[COLUMN_DISTANCES_1];
	struct bytes *rest = &e->columns[COLUMN_DISTANCES_2];
	uint64_t code;

	if (reference == REFERENCE_DISTANCE_16)
		distance = (uint64_t)((int64_t)distance >> 4);
	code = bytes_zigzag(distance);
	low->data[low->used++] = (uint8_t)code;
	middle->data[middle->used++] = (uint8_t)(code >> 8);
	rest->used = (size_t)(bytes_store_varint(rest->data + rest->used, code >> 16) - rest->data);
	return reference;
}

/* Unlinks the newest slot with an address from its bucket. Returns its index + 1, 0 if none. */
static uint32_t unlink_slot(struct event_encoder *e, uint64_t address)
{
	uint16_t *link = &e->slot_buckets[hash(address >> 4) & e->bucket_mask];

	while (*link && e->addresses.slots[*link - 1] != address)
		link = &e->older_slot[*link - 1];
	if (*link) {
		uint32_t found = *link;

		*link = e->older_slot[found - 1];
		return found;
	}
	return 0;
}

static uint64_t *marks_of(struct event_encoder *e, uint64_t address)
{
	return &e->marks[hash(address) % MARKS / MARKS_PER_WORD];
}

static uint64_t mark_of(uint64_t address)
{
	return 1ull << hash(address) % MARKS_PER_WORD;
}

static uint32_t refer_to_taken(struct event_encoder *e, uint64_t address)
{
	struct addresses *a = &e->addresses;
	uint32_t class = CLASS_UNKNOWN;
	uint32_t found = address ? unlink_slot(e, address) : 0;
	uint32_t reference;

	if (found) {
		reference = REFERENCE_SLOT + a->top - found;
		class = addresses_empty_slot(a, found - 1);
	} else {
		*marks_of(e, address) |= mark_of(address);
		reference = put_distance(e, address, a->last_release);
	}
	addresses_note_release(a, address, class);
	return reference;
}

/* Unlinks a release among the `limit` newest of a class. Returns its depth, or `limit`. */
static uint32_t unlink_release(struct addresses *a, uint32_t class, uint32_t limit,
			       uint64_t address)
{
	uint16_t *link = &a->newest[class];

	for (uint32_t depth = 0; depth < limit && *link; depth++) {
		if (a->releases[*link] == address) {
			*link = a->older[*link];
			return depth;
		}
		link = &a->older[*link];
	}
	return limit;
}

static uint32_t refer_to_given(struct event_encoder *e, const struct event_record *event)
{
	struct addresses *a = &e->addresses;
	uint32_t class = addresses_class(event->size);
	uint64_t address = event->address;
	uint32_t reference, depth;

	depth = unlink_release(a, class, REUSE_SAME_MAX, address);
	if (depth < REUSE_SAME_MAX) {
		reference = REFERENCE_REUSE + depth;
	} else if (address == a->fresh_end) {
		reference = REFERENCE_FRESH;
	} else {
		depth = REUSE_UNKNOWN_MAX;
		if (*marks_of(e, address) & mark_of(address))
			depth = unlink_release(a, CLASS_UNKNOWN, REUSE_UNKNOWN_MAX, address);
		reference = depth < REUSE_UNKNOWN_MAX ? REFERENCE_REUSE_UNKNOWN + depth
						      : put_distance(e, address, a->fresh_end);
	}
	if (address) {
		uint16_t *bucket = &e->slot_buckets[hash(address >> 4) & e->bucket_mask];

		e->older_slot[a->top] = *bucket;
		*bucket = (uint16_t)(a->top + 1);
	}
	addresses_note_allocation(a, address, event->size, class, reference >= REFERENCE_REUSE);
	return reference;
}

static uint32_t refer_to(struct event_encoder *e, const struct event_record *event,
			 enum address_role role)
{
	uint64_t before = e->addresses.last_other;

	if (role == ROLE_TAKE)
		return refer_to_taken(e, event->address);
	if (role == ROLE_GIVE)
		return refer_to_given(e, event);
	e->addresses.last_other = event->address;
	return put_distance(e, event->address, before);
}

/* 0 stands for the last size, and the last size for 0. */
static uint64_t code_of_size(struct encoder_site *site, uint64_t size)
{
	uint64_t last = site->last_size;

	site->last_size = size;
	if (size == last)
		return 0;
	return size ? size : last;
}

static void put_addresses_and_sizes(struct event_encoder *e, const struct event_record *events,
				    uint32_t count)
{
	uint8_t *sites = begin_column(e, COLUMN_SITES, count, VARINT_BYTES_MAX);
	uint8_t *references = begin_column(e, COLUMN_REFERENCES, count, VARINT_BYTES_MAX);
	uint8_t *sizes = begin_column(e, COLUMN_SIZES, count, VARINT_BYTES_MAX);
	uint32_t sites_seen = 0;

	begin_column(e, COLUMN_DISTANCES_0, count, 1);
	begin_column(e, COLUMN_DISTANCES_1, count, 1);
	begin_column(e, COLUMN_DISTANCES_2, count, VARINT_BYTES_MAX);
	for (uint32_t i = 0; i < count; i++) {
		const struct event_record *event = &events[i];
		uint32_t index = e->site_of_event[i];
		struct encoder_site *site = &e->sites[index];
		bool is_new = index == sites_seen;

		sites_seen += is_new;
		sites = bytes_store_varint(sites, is_new ? 0 : index + 1);
		if (site->role != ROLE_NONE)
			references = bytes_store_varint(references, refer_to(e, event, site->role));
		if (site->flags & SITE_RESIZED)
			sizes = bytes_store_varint(sizes, code_of_size(site, event->size));
	}
	end_column(e, COLUMN_SITES, sites);
	end_column(e, COLUMN_REFERENCES, references);
	end_column(e, COLUMN_SIZES, sizes);
}

void event_encoder_run(struct event_encoder *e, const struct event_prologue *prologue,
		       const struct event_record *events, stack_id stack_max,
		       struct chunk_payload *payload)
{
	uint8_t stored_prologue[EVENTS_PROLOGUE_BYTES];
	uint32_t count = prologue->count;
	struct stamp_step step;

	assert(count > 0 && count <= EVENTS_PER_CHUNK_MAX);
	for (int i = 0; i < COLUMN_COUNT; i++)
		e->columns[i].used = 0;
	clear_tables(e, count);
	find_sites(e, events, count);
	put_sites(e, events, stack_max);
	step = stamp_step_find(events, count);
	put_stamps(e, events, count, &step);
	put_addresses_and_sizes(e, events, count);

	bytes_store_u32(stored_prologue, prologue->thread);
	bytes_store_u32(stored_prologue + 4, count);
	bytes_store_u64(stored_prologue + 8, prologue->first_stamp);
	bytes_store_u64(stored_prologue + 16, prologue->last_stamp);
	chunk_payload_clear(payload);
	bytes_append(&payload->bytes, stored_prologue, sizeof stored_prologue);
	bytes_put_varint(&payload->bytes, e->site_count);
	bytes_put_varint(&payload->bytes, step.value);
	for (int i = 0; i < COLUMN_COUNT; i++)
		bytes_put_varint(&payload->bytes, e->columns[i].used);
	for (int i = 0; i < COLUMN_COUNT; i++) {
		bytes_append(&payload->bytes, e->columns[i].data, e->columns[i].used);
		chunk_payload_cut(payload);
	}
}
