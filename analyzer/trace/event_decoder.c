/* SPDX-License-Identifier: MIT */
#include "event_decoder.h"

#include <stdlib.h>

#include "../util/array.h"
#include "../util/bytes.h"
#include "addresses.h"
#include "event_columns.h"

struct decoder_site {
	uint64_t last_size;
	stack_id stack;
	uint16_t detail;
	uint8_t kind, api;
	bool resized;
};

struct event_decoder {
	struct cursor columns[COLUMN_COUNT];
	uint32_t site_count;
	uint64_t step;
	struct decoder_site sites[EVENTS_PER_CHUNK_MAX];
	uint8_t roles[EVENTS_PER_CHUNK_MAX]; /* of sites; apart, since every event branches on it */
	struct site_shape shapes[SHAPES_KEPT_MAX];
	uint32_t shape_count;
	struct addresses addresses;
};

struct event_decoder *event_decoder_new(void)
{
	return xcalloc(1, sizeof(struct event_decoder));
}

void event_decoder_free(struct event_decoder *decoder)
{
	free(decoder);
}

const char *event_decoder_prologue(const uint8_t *payload, struct event_prologue *prologue)
{
	prologue->thread = bytes_load_u32(payload);
	prologue->count = bytes_load_u32(payload + 4);
	prologue->first_stamp = bytes_load_u64(payload + 8);
	prologue->last_stamp = bytes_load_u64(payload + 16);
	if (!prologue->count || prologue->count > EVENTS_PER_CHUNK_MAX)
		return "impossible number of events";
	if (prologue->last_stamp < prologue->first_stamp)
		return "stamps out of order";
	return NULL;
}

static const char *split_columns(struct event_decoder *d, struct cursor body, uint32_t count)
{
	uint64_t site_count = cursor_varint(&body);
	uint64_t bytes[COLUMN_COUNT];

	d->step = cursor_varint(&body);
	for (int i = 0; i < COLUMN_COUNT; i++)
		bytes[i] = cursor_varint(&body);
	if (body.bad || !d->step)
		return "damaged column lengths";
	if (!site_count || site_count > count)
		return "impossible number of sites";
	d->site_count = (uint32_t)site_count;
	for (int i = 0; i < COLUMN_COUNT; i++) {
		const uint8_t *data;

		if (bytes[i] > CHUNK_RAW_BYTES_MAX)
			return "impossible column length";
		data = cursor_bytes(&body, (size_t)bytes[i]);
		if (!data)
			return "column longer than the chunk";
		d->columns[i] = cursor_of(data, (size_t)bytes[i]);
	}
	return cursor_at_end(&body) ? NULL : "data behind the last column";
}

static bool take_shape(struct event_decoder *d, struct site_shape *shape)
{
	struct cursor *column = &d->columns[COLUMN_SHAPES];
	uint64_t known = cursor_varint(column);
	uint64_t kind, api, detail, flags;

	if (known) {
		if (known > d->shape_count)
			return false;
		*shape = d->shapes[known - 1];
		return true;
	}
	kind = cursor_varint(column);
	api = cursor_varint(column);
	detail = cursor_varint(column);
	flags = cursor_varint(column);
	if (column->bad || kind > UINT8_MAX || api > UINT8_MAX || detail > UINT16_MAX ||
	    flags & ~(uint64_t)SITE_FLAGS)
		return false;
	*shape = (struct site_shape){.detail = (uint16_t)detail,
				     .kind = (uint8_t)kind,
				     .api = (uint8_t)api,
				     .flags = (uint8_t)flags};
	if (d->shape_count < SHAPES_KEPT_MAX)
		d->shapes[d->shape_count++] = *shape;
	return true;
}

static const char *take_sites(struct event_decoder *d, stack_id stack_max)
{
	uint64_t stack = 0;

	d->shape_count = 0;
	for (uint32_t i = 0; i < d->site_count; i++) {
		struct decoder_site *site = &d->sites[i];
		struct site_shape shape;

		if (!take_shape(d, &shape))
			return "damaged site";
		stack += bytes_unzigzag(cursor_varint(&d->columns[COLUMN_STACKS]));
		if (stack > stack_max)
			return "undefined stack";
		site->stack = (stack_id)stack;
		site->detail = shape.detail;
		site->kind = shape.kind;
		site->api = shape.api;
		d->roles[i] = (uint8_t)event_columns_role(shape.kind, shape.flags);
		site->resized = shape.flags & SITE_RESIZED;
		site->last_size = cursor_varint(&d->columns[COLUMN_FIRST_SIZES]);
	}
	return NULL;
}

static const char *take_stamps(struct event_decoder *d, const struct event_prologue *prologue,
			       struct trace_event *events)
{
	struct cursor column = d->columns[COLUMN_STAMPS];
	uint64_t stamp = prologue->first_stamp;

	for (uint32_t i = 0; i < prologue->count; i++) {
		uint64_t steps = cursor_varint(&column);
		uint64_t difference;

		if (!steps)
			difference = cursor_varint(&column);
		else if (__builtin_mul_overflow(steps - 1, d->step, &difference))
			return "stamp out of range";
		if (__builtin_add_overflow(stamp, difference, &stamp))
			return "stamp out of range";
		events[i].stamp = stamp;
	}
	d->columns[COLUMN_STAMPS] = column;
	if (events[0].stamp != prologue->first_stamp || stamp != prologue->last_stamp)
		return "stamps differ from the prologue";
	return NULL;
}

static uint64_t take_distance(struct event_decoder *d, uint64_t reference, uint64_t origin)
{
	uint64_t code = cursor_byte(&d->columns[COLUMN_DISTANCES_0]);
	uint64_t distance;

	code |= (uint64_t)cursor_byte(&d->columns[COLUMN_DISTANCES_1]) << 8;
	code |= cursor_varint(&d->columns[COLUMN_DISTANCES_2]) << 16;
	distance = bytes_unzigzag(code);
	return origin + (reference == REFERENCE_DISTANCE_16 ? distance << 4 : distance);
}

static bool resolve_taken(struct event_decoder *d, uint64_t reference, uint64_t *address)
{
	struct addresses *a = &d->addresses;
	uint32_t class = CLASS_UNKNOWN;

	if (reference >= REFERENCE_SLOT) {
		uint64_t below_top = reference - REFERENCE_SLOT;
		uint32_t slot;

		if (below_top >= a->top)
			return false;
		slot = a->top - 1 - (uint32_t)below_top;
		*address = a->slots[slot];
		if (!*address)
			return false;
		class = addresses_empty_slot(a, slot);
	} else {
		*address = take_distance(d, reference, a->last_release);
	}
	addresses_note_release(a, *address, class);
	return true;
}

static bool resolve_given(struct event_decoder *d, uint64_t reference, uint64_t size_bytes,
			  uint64_t *address)
{
	struct addresses *a = &d->addresses;
	uint32_t class = addresses_class(size_bytes);

	if (reference >= REFERENCE_REUSE) {
		uint16_t *link;

		if (reference >= REFERENCE_GIVE_END)
			return false;
		link = reference < REFERENCE_REUSE_UNKNOWN
			       ? addresses_release_link(a, class,
							(uint32_t)reference - REFERENCE_REUSE)
			       : addresses_release_link(a, CLASS_UNKNOWN,
							(uint32_t)reference -
								REFERENCE_REUSE_UNKNOWN);
		if (!*link)
			return false;
		*address = a->releases[*link];
		*link = a->older[*link];
	} else if (reference == REFERENCE_FRESH) {
		*address = a->fresh_end;
	} else {
		*address = take_distance(d, reference, a->fresh_end);
	}
	addresses_note_allocation(a, *address, size_bytes, class, reference >= REFERENCE_REUSE);
	return true;
}

static bool resolve_other(struct event_decoder *d, uint64_t reference, uint64_t *address)
{
	if (reference > REFERENCE_DISTANCE)
		return false;
	*address = take_distance(d, reference, d->addresses.last_other);
	d->addresses.last_other = *address;
	return true;
}

static uint64_t take_size(struct decoder_site *site, struct cursor *sizes)
{
	if (site->resized) {
		uint64_t size = cursor_varint(sizes);

		/* The encoder swaps 0 and the last size: so does this. */
		if (size == site->last_size)
			site->last_size = 0;
		else if (size)
			site->last_size = size;
	}
	return site->last_size;
}

static const char *take_events(struct event_decoder *d, const struct event_prologue *prologue,
			       struct trace_event *events)
{
	struct cursor sites = d->columns[COLUMN_SITES];
	struct cursor references = d->columns[COLUMN_REFERENCES];
	struct cursor sizes = d->columns[COLUMN_SIZES];

	uint32_t sites_seen = 0;

	addresses_clear(&d->addresses);
	for (uint32_t i = 0; i < prologue->count; i++) {
		struct trace_event *event = &events[i];
		uint64_t code = cursor_varint(&sites);
		uint64_t index = code ? code - 1 : sites_seen++;
		struct decoder_site *site;
		uint8_t role;
		bool resolved = true;

		if (index >= d->site_count)
			return "undefined site";
		site = &d->sites[index];
		role = d->roles[index];
		event->thread = prologue->thread;
		event->stack = site->stack;
		event->kind = site->kind;
		event->api = site->api;
		event->detail = site->detail;
		event->size = take_size(site, &sizes);
		event->address = 0;
		if (role == ROLE_TAKE)
			resolved = resolve_taken(d, cursor_varint(&references), &event->address);
		else if (role == ROLE_GIVE)
			resolved = resolve_given(d, cursor_varint(&references), event->size,
						 &event->address);
		else if (role == ROLE_OTHER)
			resolved = resolve_other(d, cursor_varint(&references), &event->address);
		if (!resolved)
			return "address refers to no block";
	}
	d->columns[COLUMN_SITES] = sites;
	d->columns[COLUMN_REFERENCES] = references;
	d->columns[COLUMN_SIZES] = sizes;
	return NULL;
}

const char *event_decoder_run(struct event_decoder *d, const uint8_t *payload, size_t payload_bytes,
			      const struct event_prologue *prologue, stack_id stack_max,
			      struct trace_event *events)
{
	struct cursor body = cursor_of(payload + EVENTS_PROLOGUE_BYTES,
				       payload_bytes - EVENTS_PROLOGUE_BYTES);
	const char *problem = split_columns(d, body, prologue->count);

	if (!problem)
		problem = take_sites(d, stack_max);
	if (!problem)
		problem = take_stamps(d, prologue, events);
	if (!problem)
		problem = take_events(d, prologue, events);
	for (int i = 0; !problem && i < COLUMN_COUNT; i++) {
		if (d->columns[i].bad || !cursor_at_end(&d->columns[i]))
			problem = "column of the wrong length";
	}
	return problem;
}
