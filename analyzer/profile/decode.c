/* SPDX-License-Identifier: MIT */
#include "decode.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../analysis/ages.h"
#include "../util/array.h"
#include "layout.h"

struct decoder {
	struct profile *profile;
	struct decode_source *source;
	struct decode_error *error;
	bool failed;
	struct chunk_unpacker unpacker;
	struct bytes stored;
	uint64_t chunk_offset; /* of the one that is being read */
	uint32_t type; /* of that, one of enum layout_chunk */
	struct cursor cursor; /* in its payload */
	size_t program_capacity, site_capacity;
	uint64_t sites_left; /* of the last program */
	uint64_t site_total; /* that programs said they have */
};

/* Returns false. The first failure is the one that is told. */
static bool fail(struct decoder *d, uint64_t offset, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static bool fail(struct decoder *d, uint64_t offset, const char *format, ...)
{
	va_list args;

	if (d->failed)
		return false;
	d->failed = true;
	d->error->offset = offset;
	va_start(args, format);
	vsnprintf(d->error->message, sizeof d->error->message, format, args);
	va_end(args);
	return false;
}

/* Of the chunk under way. */
static bool damaged(struct decoder *d, const char *what)
{
	return fail(d, d->chunk_offset, "%s", what);
}

bool decode_is_profile(const uint8_t begin[DECODE_MAGIC_BYTES])
{
	return !memcmp(begin, LAYOUT_MAGIC, LAYOUT_MAGIC_BYTES);
}

static size_t read_some(struct decoder *d, uint8_t *to, size_t bytes)
{
	size_t got = d->source->fill(d->source->context, to, bytes);

	d->source->offset += got;
	return got;
}

/* Returns DECODE_PROFILE if one begins. */
static enum decode_result read_header(struct decoder *d)
{
	uint64_t start = d->source->offset;
	uint8_t header[LAYOUT_HEADER_BYTES];
	size_t got = read_some(d, header, sizeof header);

	if (!got && start)
		return DECODE_NOTHING;
	if (got < DECODE_MAGIC_BYTES || !decode_is_profile(header))
		fail(d, start, start ? "no profile, but behind one" : "not a tenure profile");
	else if (got < sizeof header)
		fail(d, start + got, "the profile ends here");
	else if (bytes_load_u16(header + 8) != LAYOUT_VERSION)
		fail(d, start + 8, "the profile has format version %d; this tenure reads %d",
		     bytes_load_u16(header + 8), LAYOUT_VERSION);
	else if (bytes_load_u16(header + 10))
		fail(d, start + 10, "reserved field in use");
	else if (bytes_load_u32(header + 12))
		fail(d, start + 12, "the profile uses features unknown to this tenure: %#x",
		     (unsigned)bytes_load_u32(header + 12));
	return d->failed ? DECODE_BAD : DECODE_PROFILE;
}

static bool read_chunk(struct decoder *d)
{
	uint8_t bytes[CHUNK_HEADER_BYTES];
	struct chunk_header header;
	const uint8_t *raw;
	const char *problem;
	size_t got;

	d->chunk_offset = d->source->offset;
	got = read_some(d, bytes, sizeof bytes);
	if (got < sizeof bytes)
		return fail(d, d->chunk_offset + got, "the profile ends here");
	chunk_header_load(&header, bytes);
	if (header.stored_bytes > CHUNK_RAW_BYTES_MAX)
		return damaged(d, "impossible length of a chunk");
	d->stored.used = 0;
	/* One more, so that there is a place to point at even if the payload is empty. */
	bytes_reserve(&d->stored, (size_t)header.stored_bytes + 1);
	got = read_some(d, d->stored.data, header.stored_bytes);
	if (got < header.stored_bytes)
		return fail(d, d->source->offset, "the profile ends here");
	if (!chunk_intact(&header, d->stored.data))
		return damaged(d, "checksum mismatch");
	problem = chunk_unpack(&d->unpacker, &header, d->stored.data, &raw);
	if (problem)
		return damaged(d, problem);
	d->type = header.type;
	d->cursor = cursor_of(raw, header.raw_bytes);
	return true;
}

static uint64_t take(struct decoder *d)
{
	return cursor_varint(&d->cursor);
}

static uint32_t take_below(struct decoder *d, uint64_t end, const char *what)
{
	uint64_t number = take(d);

	if (number >= end || d->cursor.bad) {
		damaged(d, what);
		return 0;
	}
	return (uint32_t)number;
}

static uint32_t take_string(struct decoder *d)
{
	return take_below(d, d->profile->pool.strings.count, "a string that is not there");
}

static void take_numbers(struct decoder *d, uint64_t *numbers, size_t count)
{
	for (size_t i = 0; i < count; i++)
		numbers[i] = take(d);
}

static bool read_string(struct decoder *d)
{
	struct pool *pool = &d->profile->pool;
	size_t count = pool->strings.count;
	size_t length;
	const uint8_t *bytes = cursor_string(&d->cursor, &length);
	char *text;
	bool fits;

	if (d->cursor.bad)
		return damaged(d, "a string is cut");
	if (length > LAYOUT_STRING_BYTES_MAX || count == LAYOUT_STRINGS_MAX)
		return damaged(d, "too many strings, or too long");
	if (memchr(bytes, 0, length))
		return damaged(d, "a string has a NUL in it");
	text = xmalloc(length + 1);
	memcpy(text, bytes, length);
	text[length] = '\0';
	fits = !count || strcmp(pool_text(pool, (uint32_t)count - 1), text) < 0;
	if (fits)
		pool_string(pool, text);
	free(text);
	return fits || damaged(d, "strings are not in order");
}

static bool read_frame(struct decoder *d)
{
	struct pool *pool = &d->profile->pool;
	uint32_t count = (uint32_t)pool->frames.count;
	struct pool_frame frame = {0};

	if (count == LAYOUT_FRAMES_MAX)
		return damaged(d, "too many frames");
	frame.function = take_string(d);
	frame.file = take_string(d);
	frame.line = take_below(d, 1ull << 32, "an impossible line");
	frame.module = take_string(d);
	frame.offset = take(d);
	frame.inlined = take_below(d, 2, "an impossible frame");
	frame.language = take_string(d);
	frame.note = take_string(d);
	if (d->cursor.bad)
		return damaged(d, "a frame is cut");
	if (d->failed)
		return false;
	pool_frame(pool, &frame);
	if (pool->frames.count == count ||
	    (count && pool_compare(pool, count - 1, pool, count) >= 0))
		return damaged(d, "frames are not in order");
	return true;
}

static bool read_program(struct decoder *d)
{
	struct profile *profile = d->profile;
	struct profile_program *program;
	uint32_t name = take_string(d);

	if (d->sites_left)
		return damaged(d, "sites of a program are missing");
	if (profile->program_count == LAYOUT_PROGRAMS_MAX)
		return damaged(d, "too many programs");
	/* Strings are in order, so their numbers are. */
	if (profile->program_count && profile->programs[profile->program_count - 1].name >= name)
		return damaged(d, "programs are not in order");
	ARRAY_GROW(profile->programs, profile->program_count + 1, d->program_capacity);
	program = &profile->programs[profile->program_count++];
	*program = (struct profile_program){.name = name};
	d->site_capacity = 0;
	take_numbers(d, program->numbers, PROFILE_TOTALS);
	for (uint32_t i = 0; i < PROFILE_SIZES; i++) {
		program->sizes[i].allocations = take(d);
		program->sizes[i].allocated_bytes = take(d);
		program->sizes[i].live_blocks = take(d);
		program->sizes[i].live_bytes = take(d);
	}
	d->sites_left = take(d);
	if (d->cursor.bad || !cursor_at_end(&d->cursor))
		return damaged(d, "a program is cut, or has too much");
	if (d->sites_left > LAYOUT_SITES_MAX - d->site_total)
		return damaged(d, "too many sites");
	d->site_total += d->sites_left;
	return true;
}

static bool read_ages(struct decoder *d, struct profile_ages *ages)
{
	uint32_t count = take_below(d, AGES_BUCKETS + 1, "impossible ages");
	struct profile_bucket *list = xcalloc(count, sizeof *list);
	uint64_t bucket = 0;

	ages->list = list;
	for (; ages->count < count; ages->count++) {
		uint64_t step = take(d);

		if (step >= AGES_BUCKETS - bucket || (ages->count && !step))
			return damaged(d, "ages are not in order");
		bucket += step;
		list[ages->count].bucket = (uint32_t)bucket;
		list[ages->count].blocks = take(d);
		list[ages->count].bytes = take(d);
		list[ages->count].byte_ms = take(d);
	}
	return !d->failed;
}

static bool read_stack(struct decoder *d, struct profile_stack *stack)
{
	uint32_t count;

	stack->api = take_string(d);
	stack->type = take_string(d);
	count = take_below(d, LAYOUT_DEPTH_MAX + 1, "an impossible call stack");
	stack->frames = xcalloc(count, sizeof *stack->frames);
	for (; stack->frame_count < count && !d->failed; stack->frame_count++)
		stack->frames[stack->frame_count] = take_below(d, d->profile->pool.frames.count,
							       "a frame that is not there");
	return !d->failed;
}

static bool read_parts(struct decoder *d, struct profile_site *site)
{
	uint32_t count = take_below(d, VERDICTS + 1, "impossible verdicts");

	if (!count)
		return damaged(d, "a site without verdicts");
	site->parts = xcalloc(count, sizeof *site->parts);
	while (site->part_count < count) {
		struct profile_part *part = &site->parts[site->part_count++];

		part->verdict = (enum verdict)take_below(d, VERDICTS, "an impossible verdict");
		if (site->part_count > 1 && part->verdict <= part[-1].verdict)
			return damaged(d, "verdicts are not in order");
		take_numbers(d, part->numbers, PROFILE_PART_NUMBERS);
		if (!part->numbers[PART_RUNS])
			return damaged(d, "a verdict of no run");
		if (!read_ages(d, &part->dead) || !read_ages(d, &part->alive))
			return false;
	}
	return true;
}

static bool read_site(struct decoder *d)
{
	struct profile *profile = d->profile;
	struct profile_program *program;
	struct profile_site *site;
	uint64_t last, step;

	if (!d->sites_left)
		return damaged(d, "sites of no program");
	d->sites_left--;
	program = &profile->programs[profile->program_count - 1];
	last = program->site_count ? program->sites[program->site_count - 1].fingerprint : 0;
	ARRAY_GROW(program->sites, program->site_count + 1, d->site_capacity);
	site = &program->sites[program->site_count++];
	step = take(d);
	*site = (struct profile_site){.fingerprint = last + step, .runs = take(d)};
	if (site->fingerprint < last || (program->site_count > 1 && !step))
		return damaged(d, "sites are not in order");
	if (!read_stack(d, &site->stack) || !read_parts(d, site))
		return false;
	return !d->cursor.bad || damaged(d, "a site is cut");
}

static bool read_end(struct decoder *d)
{
	const struct profile *profile = d->profile;
	uint64_t counts[4];

	take_numbers(d, counts, 4);
	d->profile->skipped = take(d);
	if (d->cursor.bad || !cursor_at_end(&d->cursor))
		return damaged(d, "the end is cut, or has too much");
	if (d->sites_left || counts[0] != profile->pool.strings.count ||
	    counts[1] != profile->pool.frames.count || counts[2] != profile->program_count ||
	    counts[3] != d->site_total)
		return damaged(d, "parts of the profile are missing");
	return true;
}

static bool read_records(struct decoder *d, bool (*record)(struct decoder *d))
{
	while (!cursor_at_end(&d->cursor))
		if (!record(d))
			return false;
	return true;
}

/* Which chunks may not follow any more: their place in the file. */
static int stage(uint32_t type)
{
	return type == LAYOUT_STRINGS ? 0 : type == LAYOUT_FRAMES ? 1 : type == LAYOUT_END ? 3 : 2;
}

static bool read_payload(struct decoder *d)
{
	switch (d->type) {
	case LAYOUT_STRINGS:
		return read_records(d, read_string);
	case LAYOUT_FRAMES:
		return read_records(d, read_frame);
	case LAYOUT_PROGRAM:
		return read_program(d);
	case LAYOUT_SITES:
		return read_records(d, read_site);
	case LAYOUT_END:
		return read_end(d);
	default:
		return damaged(d, "a chunk of unknown type");
	}
}

static bool read_chunks(struct decoder *d)
{
	int reached = 0;

	do {
		if (!read_chunk(d))
			return false;
		if (stage(d->type) < reached)
			return damaged(d, "chunks are not in order");
		reached = stage(d->type);
		if (!read_payload(d))
			return false;
	} while (d->type != LAYOUT_END);
	return true;
}

enum decode_result decode_profile(struct profile *profile, struct decode_source *source,
				  struct decode_error *error)
{
	struct decoder d = {.profile = profile, .source = source, .error = error};
	enum decode_result result = read_header(&d);

	if (result != DECODE_PROFILE)
		return result;
	chunk_unpacker_init(&d.unpacker);
	if (!read_chunks(&d)) {
		profile_release(profile);
		result = DECODE_BAD;
	}
	chunk_unpacker_release(&d.unpacker);
	bytes_release(&d.stored);
	return result;
}
