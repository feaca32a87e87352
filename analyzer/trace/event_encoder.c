/* SPDX-License-Identifier: MIT */
#include "event_encoder.h"

#include <assert.h>
#include <stdlib.h>

#include "../util/array.h"
#include "addresses.h"

/* Both at least the entries they chain, so that chains stay short. */
#define SITE_BUCKETS EVENTS_PER_CHUNK_MAX
#define SLOT_BUCKETS EVENTS_PER_CHUNK_MAX
#define BUCKETS_MIN 64u

/* Windows of the stamps that are asked for their step, and differences in each. */
#define STEP_WINDOWS 8u
#define STEP_WINDOW_EVENTS 16u

struct encoder_site {
	uint64_t key; /* kind, api, detail, stack */
	uint64_t first_size, last_size;
	uint32_t older; /* in the same bucket, index + 1 */
	uint8_t flags, role;
};

struct event_encoder {
	uint32_t site_count;
	uint32_t bucket_mask; /* of both tables, fit to the number of events */
	struct encoder_site sites[EVENTS_PER_CHUNK_MAX];
	uint32_t site_buckets[SITE_BUCKETS]; /* index + 1 */
	struct site_shape shapes[SHAPES_KEPT_MAX];
	uint32_t shape_count;
	uint32_t site_of_event[EVENTS_PER_CHUNK_MAX];
	struct addresses addresses;
	uint32_t slot_buckets[SLOT_BUCKETS]; /* slots by address, index + 1 */
	uint32_t older_slot[EVENTS_PER_CHUNK_MAX]; /* in the same bucket, index + 1 */
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

static uint32_t bucket_of(const struct event_encoder *e, uint64_t key)
{
	return (uint32_t)(key * 0x9e3779b97f4a7c15ull >> 40) & e->bucket_mask;
}

static void clear_tables(struct event_encoder *e, uint32_t count)
{
	uint32_t buckets = BUCKETS_MIN;

	while (buckets < count)
		buckets *= 2;
	e->bucket_mask = buckets - 1;
	memset(e->site_buckets, 0, buckets * sizeof *e->site_buckets);
	memset(e->slot_buckets, 0, buckets * sizeof *e->slot_buckets);
	e->site_count = 0;
	addresses_clear(&e->addresses);
}

static uint64_t site_key(const struct event_record *event)
{
	return (uint64_t)event->stack << 32 | (uint32_t)event->detail << 16 |
	       (uint32_t)event->api << 8 | event->kind;
}

static uint32_t find_site(struct event_encoder *e, const struct event_record *event)
{
	uint64_t key = site_key(event);
	uint32_t *bucket = &e->site_buckets[bucket_of(e, key)];
	struct encoder_site *site;

	for (uint32_t i = *bucket; i; i = e->sites[i - 1].older) {
		if (e->sites[i - 1].key == key)
			return i - 1;
	}
	site = &e->sites[e->site_count];
	site->key = key;
	site->first_size = site->last_size = event->size;
	site->flags = 0;
	site->older = *bucket;
	*bucket = ++e->site_count;
	return e->site_count - 1;
}

static void find_sites(struct event_encoder *e, const struct event_record *events, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		uint32_t index = find_site(e, &events[i]);
		struct encoder_site *site = &e->sites[index];

		e->site_of_event[i] = index;
		if (events[i].address)
			site->flags |= SITE_ADDRESSED;
		if (events[i].size != site->first_size)
			site->flags |= SITE_RESIZED;
	}
	for (uint32_t i = 0; i < e->site_count; i++) {
		struct encoder_site *site = &e->sites[i];

		site->role = (uint8_t)event_columns_role((uint8_t)site->key, site->flags);
	}
}

static void put_shape(struct event_encoder *e, const struct site_shape *shape)
{
	struct bytes *column = &e->columns[COLUMN_SHAPES];
	uint32_t known = 0;

	while (known < e->shape_count && !event_columns_same_shape(&e->shapes[known], shape))
		known++;
	if (known < e->shape_count) {
		bytes_put_varint(column, known + 1);
		return;
	}
	if (e->shape_count < SHAPES_KEPT_MAX)
		e->shapes[e->shape_count++] = *shape;
	bytes_put_varint(column, 0);
	bytes_put_varint(column, shape->kind);
	bytes_put_varint(column, shape->api);
	bytes_put_varint(column, shape->detail);
	bytes_put_varint(column, shape->flags);
}

static void put_sites(struct event_encoder *e, stack_id stack_max)
{
	stack_id stack_before = 0;

	e->shape_count = 0;
	for (uint32_t i = 0; i < e->site_count; i++) {
		const struct encoder_site *site = &e->sites[i];
		stack_id stack = (stack_id)(site->key >> 32);

		if (stack > stack_max)
			stack = 0;
		put_shape(e, &(struct site_shape){.detail = (uint16_t)(site->key >> 16),
						  .kind = (uint8_t)site->key,
						  .api = (uint8_t)(site->key >> 8),
						  .flags = site->flags});
		bytes_put_varint(&e->columns[COLUMN_STACKS],
				 bytes_zigzag((uint64_t)stack - stack_before));
		bytes_put_varint(&e->columns[COLUMN_FIRST_SIZES], site->first_size);
		stack_before = stack;
	}
}

static uint64_t common_divisor(uint64_t a, uint64_t b)
{
	while (b) {
		uint64_t rest = a % b;

		a = b;
		b = rest;
	}
	return a;
}

static uint64_t step_of(const struct event_record *events, uint32_t begin, uint32_t end)
{
	uint64_t step = 0;

	for (uint32_t i = begin + 1; i < end && step != 1; i++)
		step = common_divisor(events[i].stamp - events[i - 1].stamp, step);
	return step ? step : 1;
}

/*
 * The step of all stamps, or of nearly all: a thread that moves to a processor whose counter runs
 * out of step with the others' makes one odd difference.
 */
static uint64_t find_step(const struct event_record *events, uint32_t count)
{
	uint64_t step = step_of(events, 0, count);

	if (step > 1 || count < STEP_WINDOWS * STEP_WINDOW_EVENTS)
		return step;
	for (uint32_t i = 0; i < STEP_WINDOWS && step == 1; i++) {
		uint32_t begin = i * (count / STEP_WINDOWS);

		step = step_of(events, begin, begin + STEP_WINDOW_EVENTS);
		if (step > 1) {
			uint32_t odd = 0;

			for (uint32_t k = 1; k < count; k++)
				odd += (events[k].stamp - events[k - 1].stamp) % step != 0;
			if (odd > count / 16)
				step = 1;
		}
	}
	return step;
}

static void put_stamps(struct event_encoder *e, const struct event_record *events, uint32_t count,
		       uint64_t step)
{
	struct bytes *column = &e->columns[COLUMN_STAMPS];
	uint8_t *at = bytes_reserve(column, (size_t)count * (1 + VARINT_BYTES_MAX));
	uint64_t before = events[0].stamp;

	for (uint32_t i = 0; i < count; i++) {
		uint64_t difference = events[i].stamp - before;
		uint64_t steps = step == 1 ? difference : difference / step;

		if (steps * step != difference || steps == UINT64_MAX) {
			*at++ = 0;
			at = bytes_store_varint(at, difference);
		} else {
			at = bytes_store_varint(at, steps + 1);
		}
		before = events[i].stamp;
	}
	column->used = (size_t)(at - column->data);
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
	uint32_t *link = &e->slot_buckets[bucket_of(e, address >> 4)];

	while (*link && e->addresses.slots[*link - 1].address != address)
		link = &e->older_slot[*link - 1];
	if (*link) {
		uint32_t found = *link;

		*link = e->older_slot[found - 1];
		return found;
	}
	return 0;
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
		reference = put_distance(e, address, a->last_release);
	}
	addresses_note_release(a, address, class);
	return reference;
}

/* Unlinks a release among the `limit` newest of a class. Returns its depth, or `limit`. */
static uint32_t unlink_release(struct addresses *a, uint32_t class, uint32_t limit,
			       uint64_t address)
{
	uint32_t *link = &a->newest[class];

	for (uint32_t depth = 0; depth < limit && *link; depth++) {
		if (a->releases[*link].address == address) {
			*link = a->releases[*link].older;
			return depth;
		}
		link = &a->releases[*link].older;
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
		depth = unlink_release(a, CLASS_UNKNOWN, REUSE_UNKNOWN_MAX, address);
		reference = depth < REUSE_UNKNOWN_MAX ? REFERENCE_REUSE_UNKNOWN + depth
						      : put_distance(e, address, a->fresh_end);
	}
	if (address) {
		uint32_t *bucket = &e->slot_buckets[bucket_of(e, address >> 4)];

		e->older_slot[a->top] = *bucket;
		*bucket = a->top + 1;
	}
	addresses_note_allocation(a, address, event->size, class, reference >= REFERENCE_REUSE);
	return reference;
}

static void put_addresses_and_sizes(struct event_encoder *e, const struct event_record *events,
				    uint32_t count)
{
	size_t room = (size_t)count * VARINT_BYTES_MAX;
	struct bytes *columns = e->columns;
	uint8_t *sites = bytes_reserve(&columns[COLUMN_SITES], room);
	uint8_t *references = bytes_reserve(&columns[COLUMN_REFERENCES], room);
	uint8_t *sizes = bytes_reserve(&columns[COLUMN_SIZES], room);

	uint32_t sites_seen = 0;

	bytes_reserve(&columns[COLUMN_DISTANCES_0], count);
	bytes_reserve(&columns[COLUMN_DISTANCES_1], count);
	bytes_reserve(&columns[COLUMN_DISTANCES_2], room);
	for (uint32_t i = 0; i < count; i++) {
		const struct event_record *event = &events[i];
		struct encoder_site *site = &e->sites[e->site_of_event[i]];
		uint32_t reference = 0;

		if (e->site_of_event[i] == sites_seen) {
			*sites++ = 0;
			sites_seen++;
		} else {
			sites = bytes_store_varint(sites, e->site_of_event[i] + 1);
		}
		if (site->role == ROLE_TAKE) {
			reference = refer_to_taken(e, event->address);
		} else if (site->role == ROLE_GIVE) {
			reference = refer_to_given(e, event);
		} else if (site->role == ROLE_OTHER) {
			reference = put_distance(e, event->address, e->addresses.last_other);
			e->addresses.last_other = event->address;
		}
		if (site->role != ROLE_NONE)
			references = bytes_store_varint(references, reference);
		if (site->flags & SITE_RESIZED) {
			uint64_t size = event->size;

			if (size == site->last_size)
				size = 0;
			else if (!size)
				size = site->last_size;
			sizes = bytes_store_varint(sizes, size);
			site->last_size = event->size;
		}
	}
	columns[COLUMN_SITES].used = (size_t)(sites - columns[COLUMN_SITES].data);
	columns[COLUMN_REFERENCES].used = (size_t)(references - columns[COLUMN_REFERENCES].data);
	columns[COLUMN_SIZES].used = (size_t)(sizes - columns[COLUMN_SIZES].data);
}

void event_encoder_run(struct event_encoder *e, const struct event_prologue *prologue,
		       const struct event_record *events, stack_id stack_max,
		       struct chunk_payload *payload)
{
	uint8_t stored_prologue[EVENTS_PROLOGUE_BYTES];
	uint32_t count = prologue->count;
	uint64_t step;

	assert(count > 0 && count <= EVENTS_PER_CHUNK_MAX);
	for (int i = 0; i < COLUMN_COUNT; i++)
		e->columns[i].used = 0;
	clear_tables(e, count);
	find_sites(e, events, count);
	put_sites(e, stack_max);
	step = find_step(events, count);
	put_stamps(e, events, count, step);
	put_addresses_and_sizes(e, events, count);

	bytes_store_u32(stored_prologue, prologue->thread);
	bytes_store_u32(stored_prologue + 4, count);
	bytes_store_u64(stored_prologue + 8, prologue->first_stamp);
	bytes_store_u64(stored_prologue + 16, prologue->last_stamp);
	chunk_payload_clear(payload);
	bytes_append(&payload->bytes, stored_prologue, sizeof stored_prologue);
	bytes_put_varint(&payload->bytes, e->site_count);
	bytes_put_varint(&payload->bytes, step);
	for (int i = 0; i < COLUMN_COUNT; i++)
		bytes_put_varint(&payload->bytes, e->columns[i].used);
	for (int i = 0; i < COLUMN_COUNT; i++) {
		bytes_append(&payload->bytes, e->columns[i].data, e->columns[i].used);
		chunk_payload_cut(payload);
	}
}
