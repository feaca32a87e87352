/* SPDX-License-Identifier: MIT */
/*
 * The format of pprof: a protocol buffer within gzip (github.com/google/pprof, proto/profile.proto).
 * Read by `go tool pprof`, Pyroscope, Parca, Grafana, speedscope and Perfetto. It lists samples, the
 * locations of their stacks, and what these are made of, each with a number.
 *
 * A site has, for each thread that allocated there, a sample for what was allocated in all, and one for
 * each generation that its live blocks are of. Sums over samples are the report's numbers, whatever
 * labels they are taken by: what no thread is known of is in samples without one. Addresses are those
 * of link time, each module from 0.
 */
#include "export.h"

#include <inttypes.h>
#include <string.h>

#include "../stack.h"
#include "../verdicts.h"
#include "../words.h"
#include "pprof_tables.h"

/* Fields of messages. */
enum value_type_field { VALUE_TYPE = 1, VALUE_UNIT };
enum sample_field { SAMPLE_LOCATIONS = 1, SAMPLE_VALUES, SAMPLE_LABEL };
enum label_field { LABEL_KEY = 1, LABEL_STRING, LABEL_NUMBER };

/* What samples are measured in, in the order of their values. */
enum { ALLOC_OBJECTS, ALLOC_SPACE, INUSE_OBJECTS, INUSE_SPACE, VALUES };

static const char *const value_types[VALUES][2] = {
	[ALLOC_OBJECTS] = {"alloc_objects", "count"},
	[ALLOC_SPACE] = {"alloc_space", "bytes"},
	[INUSE_OBJECTS] = {"inuse_objects", "count"},
	[INUSE_SPACE] = {"inuse_space", "bytes"},
};

static void put_value_type(struct pprof *p, enum profile_field field, const char *type,
			   const char *unit)
{
	protobuf_number(&p->message, VALUE_TYPE, pprof_string(p, type));
	protobuf_number(&p->message, VALUE_UNIT, pprof_string(p, unit));
	pprof_put_message(p, field);
}

/* Innermost first, as the numbers of a repeated field. */
static void find_locations(struct pprof *p, const struct model_stack *stack, bool all_frames,
			   struct bytes *locations)
{
	struct stack_range range = stack_shown(stack, all_frames);

	locations->used = 0;
	if (range.first == range.end)
		bytes_put_varint(locations, pprof_location(p, &export_no_stack, 1));
	for (uint32_t i = range.first, next; i < range.end; i = next) {
		next = i + 1;
		while (next < range.end && stack->frames[next - 1].inlined)
			next++;
		bytes_put_varint(locations, pprof_location(p, &stack->frames[i], next - i));
	}
}

static void put_label(struct pprof *p, const char *key, enum label_field field, uint64_t value)
{
	protobuf_number(&p->part, LABEL_KEY, pprof_string(p, key));
	protobuf_number(&p->part, field, value);
	protobuf_part(&p->message, SAMPLE_LABEL, &p->part);
}

/* What a sample is of. */
struct subject {
	const struct model_site *site;
	const struct bytes *locations;
	const struct model_thread *thread; /* NULL: unknown */
	const char *generation; /* NULL: not one alone */
};

static void put_thread(struct pprof *p, const struct model_thread *thread)
{
	char number[32];

	snprintf(number, sizeof number, "thread %" PRIu32, thread->id);
	put_label(p, "thread", LABEL_STRING,
		  pprof_string(p, *thread->name ? thread->name : number));
	if (thread->tid)
		put_label(p, "tid", LABEL_NUMBER, (uint64_t)thread->tid);
}

static void put_sample(struct pprof *p, const struct subject *of, const uint64_t *values)
{
	const struct model_site *site = of->site;
	uint64_t any = 0;

	for (int i = 0; i < VALUES; i++) {
		any |= values[i];
		bytes_put_varint(&p->part, values[i]);
	}
	if (!any) {
		p->part.used = 0;
		return;
	}
	protobuf_part(&p->message, SAMPLE_VALUES, &p->part);
	protobuf_bytes(&p->message, SAMPLE_LOCATIONS, of->locations->data, of->locations->used);
	put_label(p, "site", LABEL_NUMBER, site->id);
	put_label(p, "verdict", LABEL_STRING, pprof_string(p, verdicts_name(site->verdict)));
	put_label(p, "api", LABEL_STRING, pprof_string(p, site->api));
	if (site->runs)
		put_label(p, "program", LABEL_STRING, pprof_string(p, site->runs->program));
	if (of->generation)
		put_label(p, "generation", LABEL_STRING, pprof_string(p, of->generation));
	if (of->thread)
		put_thread(p, of->thread);
	pprof_put_message(p, PROFILE_SAMPLE);
}

/* What one thread has, or all that are unknown. ageless: live at the end, of no generation. */
static void put_part(struct pprof *p, struct subject of, const struct model_site_thread *part,
		     struct model_amount ageless)
{
	uint64_t values[VALUES] = {
		[ALLOC_OBJECTS] = part->allocations,
		[ALLOC_SPACE] = part->allocated_bytes,
		[INUSE_OBJECTS] = ageless.blocks,
		[INUSE_SPACE] = ageless.bytes,
	};

	put_sample(p, &of, values);
	for (int g = 0; g < GENERATIONS; g++) {
		uint64_t live[VALUES] = {
			[INUSE_OBJECTS] = part->survivors[g],
			[INUSE_SPACE] = part->bytes[g],
		};

		of.generation = words_generation(g);
		put_sample(p, &of, live);
	}
}

static void subtract(struct model_site_thread *from, const struct model_site_thread *part)
{
	from->allocations -= part->allocations;
	from->allocated_bytes -= part->allocated_bytes;
	for (int g = 0; g < GENERATIONS; g++) {
		from->survivors[g] -= part->survivors[g];
		from->bytes[g] -= part->bytes[g];
	}
}

static void put_site(struct pprof *p, const struct model_site *site, const struct bytes *locations)
{
	struct subject of = {.site = site, .locations = locations};
	struct model_amount ageless = {site->live_blocks, site->live_bytes};
	struct model_site_thread rest = {
		.allocations = site->allocations,
		.allocated_bytes = site->allocated_bytes,
	};

	for (int g = 0; g < GENERATIONS; g++) {
		rest.survivors[g] = site->generations[g].survivors;
		rest.bytes[g] = site->generations[g].bytes;
		ageless.blocks -= rest.survivors[g];
		ageless.bytes -= rest.bytes[g];
	}
	for (uint32_t i = 0; i < site->thread_count; i++) {
		const struct model_site_thread *part = &site->threads[i];

		of.thread = &p->model->threads[part->thread];
		put_part(p, of, part, (struct model_amount){0});
		subtract(&rest, part);
	}
	of.thread = NULL;
	put_part(p, of, &rest, ageless);
}

/* Numbers that are fields of the profile itself. */
static void put_top(struct pprof *p, const struct model_run *run, const struct bytes *comments)
{
	uint64_t type = pprof_string(p, value_types[INUSE_SPACE][0]);
	struct bytes fields = {0};

	protobuf_number(&fields, PROFILE_TIME_NANOS, run->start_realtime_ns);
	protobuf_number(&fields, PROFILE_DURATION_NANOS, run->duration_ns);
	protobuf_number(&fields, PROFILE_PERIOD, run->sampled ? run->sample_interval_bytes : 1);
	protobuf_number(&fields, PROFILE_DEFAULT_SAMPLE_TYPE, type);
	protobuf_bytes(&fields, PROFILE_COMMENT, comments->data, comments->used);
	gzip_put(&p->out, fields.data, fields.used);
	bytes_release(&fields);
}

static void put_comment(struct pprof *p, struct bytes *numbers, const char *text)
{
	bytes_put_varint(numbers, pprof_string(p, text));
}

static void put_run(struct pprof *p, const struct model_run *run)
{
	struct bytes command = {0}, comments = {0};

	for (int i = 0; i < VALUES; i++)
		put_value_type(p, PROFILE_SAMPLE_TYPE, value_types[i][0], value_types[i][1]);
	put_value_type(p, PROFILE_PERIOD_TYPE, "space", "bytes");
	pprof_mapping(p, run->program); /* the first one is the program */
	for (uint32_t i = 0; i < run->argc; i++) {
		bytes_append(&command, run->argv[i], strlen(run->argv[i]));
		bytes_append(&command, i + 1 < run->argc ? " " : "", 1);
	}
	if (command.used)
		put_comment(p, &comments, (const char *)command.data);
	for (uint32_t i = 0; i < run->limit_count; i++)
		put_comment(p, &comments, run->limits[i]);
	put_top(p, run, &comments);
	bytes_release(&command);
	bytes_release(&comments);
}

static int write_pprof(const struct model *model, const struct export_options *options, FILE *file)
{
	struct bytes locations = {0};
	struct pprof p;

	pprof_begin(&p, model, file);
	put_run(&p, &model->run);
	for (uint32_t i = 0; i < model->site_count; i++) {
		find_locations(&p, &model->sites[i].stack, options->all_frames, &locations);
		put_site(&p, &model->sites[i], &locations);
	}
	pprof_end(&p);
	bytes_release(&locations);
	return ferror(file) ? -1 : 0;
}

const struct export_format export_pprof = {
	.name = "pprof",
	.extension = ".pb.gz",
	.binary = true,
	.by_thread = true,
	.write = write_pprof,
};
