/* SPDX-License-Identifier: MIT */
#include "reachability.h"

#include <stdlib.h>
#include <string.h>

#include "../graph/dominators.h"
#include "../util/array.h"
#include "../util/origins.h"
#include "apis.h"
#include "cycles.h"
#include "python_census.h"
#include "snapshot_facts.h"

/* Of a block: it lives on to the end of the trace. A flag that the graph does not look at. */
#define SURVIVED 0x100u
#define RECENT 0x1000u /* another one: see reachability_is_recent */
#define HOLDINGS_SHOWN 30u

/* Memory that the loader has asked for: thread-local storage of others, and what it knows of modules. */
static bool is_loaders(const struct reader *reader, stack_id stack)
{
	const struct trace_frame *frame = reader_stack(reader, stack);
	const struct trace_module *module;
	const char *name;

	while (frame && frame->module &&
	       origins_of_module(reader_module(reader, frame->module)->path) == ORIGIN_RECORDER)
		frame = reader_stack(reader, frame->parent);
	module = frame ? reader_module(reader, frame->module) : NULL;
	if (!module)
		return false;
	name = strrchr(module->path, '/');
	return !strncmp(name ? name + 1 : module->path, "ld-", 3);
}

/* No function of Python is in the stack: it is the interpreter's own, which is about to start. */
static bool is_before_python(const struct reader *reader, stack_id stack)
{
	const struct trace_frame *frame;

	for (; (frame = reader_stack(reader, stack)) != NULL; stack = frame->parent) {
		const struct trace_module *module = reader_module(reader, frame->module);

		if (module && !strcmp(module->path, TRACE_PYTHON))
			return false;
	}
	return true;
}

static uint16_t flags_of(enum family family)
{
	switch (family) {
	case FAMILY_NEW_ARRAY:
	case FAMILY_NEW_ARRAY_ALIGNED:
		return GRAPH_BLOCK_ARRAY_NEW;
	/* An object has what the collector and its dictionary need in front of it, and an address has
	 * tags. */
	case FAMILY_PYTHON_MEM:
		return GRAPH_BLOCK_ANYWHERE;
	case FAMILY_PYTHON_OBJECT:
		return GRAPH_BLOCK_ANYWHERE | GRAPH_BLOCK_OBJECT_DOMAIN;
	default:
		return 0;
	}
}

static void take_block(struct reachability *r, const struct live_block *block,
		       const struct tally *tally)
{
	bool recent = tally_stamp_of_tick(tally, block->birth_tick) >= r->recent_stamp;

	if (r->block_count == r->block_capacity) {
		size_t capacity = r->block_capacity;

		ARRAY_GROW(r->births, r->block_count + 1, capacity);
		ARRAY_GROW(r->blocks, r->block_count + 1, r->block_capacity);
	}
	r->blocks[r->block_count] = (struct graph_block){
		.address = block->address,
		.size = block->size_bytes,
		.site = block->site,
		.flags = flags_of(apis_family(block->api)) | (recent ? RECENT : 0),
	};
	r->births[r->block_count++] = block->birth;
}

/* The moment of the snapshot: what lives, and what is mapped. */
static void add_ranges(struct intervals *to, const struct intervals *from)
{
	struct interval_range range;

	for (uint64_t at = 0; intervals_next(from, at, &range); at = range.end)
		intervals_add(to, range.start, range.end, range.number);
}

static void take_stock(void *context, const struct replay *replay)
{
	struct reachability *r = context;
	const struct live_block *block;
	size_t position = 0;

	r->reached = true;
	for (size_t i = 0; i < replay->tally.site_count; i++) {
		const struct tally_site *site = &replay->tally.sites[i];

		r->frees += site->allocations - site->live_blocks - site->overwritten;
		r->unseen_releases += site->overwritten;
	}
	while ((block = livemap_next(&replay->live, &position)) != NULL)
		take_block(r, block, &replay->tally);
	position = 0;
	while ((block = replay_next_pending(replay, &position)) != NULL) {
		take_block(r, block, &replay->tally);
		r->moving = true;
	}
	add_ranges(&r->mapped, &replay->space.mappings);
	add_ranges(&r->breaks, &replay->space.breaks);
	r->stacks = thread_stacks_copy(&replay->space.stacks);
	r->ignored = ignored_copy(&replay->ignored, &replay->live);
}

static const char *why_missing(const struct reader *reader)
{
	const struct trace_end *end = reader_end(reader);

	if (reader_program(reader)->sample_interval_bytes)
		return "only a sample of the blocks was recorded, and others may hold them";
	if (end && end->kind == TRACE_END_EXEC)
		return "the process went on as another program before it exited";
	if (end && end->kind == TRACE_END_SIGNAL)
		return "the program was killed, and no snapshot of the heap was taken before";
	return "no snapshot of the heap was taken";
}

static uint64_t recent_stamp(const struct reader *reader, uint32_t position)
{
	uint64_t stamp = reader_snapshot(reader, position)->stamp;
	uint64_t start = reader_program(reader)->start_stamp;

	if (position)
		return reader_snapshot(reader, position - 1)->stamp;
	return stamp > start ? start + (stamp - start) / 2 : stamp;
}

void reachability_watch(struct reachability *r, struct reader *reader,
			struct replay_options *options)
{
	uint32_t count = reader_snapshot_count(reader);

	r->reader = reader;
	r->missing = why_missing(reader);
	r->snapshot_count = count;
	while (count && !r->snapshot) {
		const struct trace_snapshot *snapshot = reader_snapshot(reader, --count);

		if (options->until_stamp && snapshot->stamp >= options->until_stamp)
			continue;
		r->snapshot = snapshot;
		r->position = count;
		r->recent_stamp = recent_stamp(reader, count);
		options->stop = (struct replay_stop){snapshot->stamp, r, take_stock};
	}
}

void reachability_follow(struct reachability *r, const struct replay *replay)
{
	for (size_t i = 0; i < r->block_count; i++) {
		uint64_t address = r->blocks[i].address;
		const struct live_block *block = livemap_find(&replay->live, address,
							      livemap_hash(address));

		if (block && block->birth == r->births[i])
			r->blocks[i].flags |= SURVIVED;
	}
	free(r->births);
	r->births = NULL;
}

/* Which of them the graph has to know more of; and blocks of no site get one of their own. */
static void mark_blocks(struct reachability *r, const struct tally *tally)
{
	bool *loaders = xcalloc(tally->site_count + 1, sizeof *loaders);

	for (size_t i = 0; i < tally->site_count; i++)
		loaders[i] = is_loaders(r->reader, tally->sites[i].stack);
	for (size_t i = 0; i < r->block_count; i++) {
		struct graph_block *block = &r->blocks[i];

		if (replay_is_outside(block->site) || block->site > tally->site_count)
			block->site = (uint32_t)tally->site_count;
		if (loaders[block->site])
			block->flags |= GRAPH_BLOCK_RUNTIME;
	}
	free(loaders);
}

/* Both lists ascend by address. */
static void mark_ignored(struct reachability *r)
{
	size_t at = 0;

	for (size_t i = 0; i < r->ignored.count; i++) {
		while (at < r->block_count && r->blocks[at].address < r->ignored.list[i].address)
			at++;
		if (at < r->block_count && r->blocks[at].address == r->ignored.list[i].address)
			r->blocks[at].flags |= GRAPH_BLOCK_IGNORED;
	}
}

/* Where virtual tables may lie: data of modules that is only read. */
static struct graph_extent *find_vtables(const struct trace_snapshot *s, size_t *count)
{
	struct graph_extent *extents = xcalloc(s->mapping_count + 1, sizeof *extents);

	*count = 0;
	for (uint32_t i = 0; i < s->mapping_count; i++) {
		const struct trace_mapping *m = &s->mappings[i];
		uint32_t access = m->flags & (TRACE_MAPPING_READ | TRACE_MAPPING_WRITE |
					      TRACE_MAPPING_EXECUTE);

		if (access == TRACE_MAPPING_READ && m->name[0] == '/')
			extents[(*count)++] = (struct graph_extent){m->start, m->end};
	}
	return extents;
}

/* Words and blocks ascend, so one goes along with the other; *at is where in the blocks. */
static void see_types(struct reachability *r, const struct graph_input *input,
		      const struct trace_word *words, size_t count, size_t *at)
{
	const struct graph_extent *vtables = input->vtables;
	size_t extents = input->vtable_count;

	for (size_t i = 0; extents && i < count; i++) {
		uint64_t value = words[i].value;
		size_t extent = 0;

		if (value < vtables[0].start || value >= vtables[extents - 1].end)
			continue;
		while (*at < r->block_count && r->blocks[*at].address < words[i].address)
			++*at;
		if (*at == r->block_count || r->blocks[*at].address != words[i].address)
			continue;
		while (extent < extents && value >= vtables[extent].end)
			extent++;
		if (extent < extents && value >= vtables[extent].start)
			types_vote(&r->types, r->blocks[*at].site, value);
	}
}

/* Before the graph is made: a block's class may follow words that depend on it. */
static void find_python_objects(struct reachability *r)
{
	const struct trace_python *python = reader_python(r->reader);
	struct reader_words *words;
	const struct trace_word *batch;
	size_t count;

	python_objects_init(&r->python, r->snapshot, python ? python->version : 0, r->block_count);
	if (!python_objects_expected(&r->python))
		return;
	words = reader_words_new(r->reader, r->position);
	while ((count = reader_words_next(words, &batch)) > 0)
		python_objects_see(&r->python, r->blocks, r->block_count, batch, count, &r->types);
	reader_words_free(words);
	python_objects_seen(&r->python, r->blocks, r->block_count);
}

static bool read_words(struct reachability *r, const struct graph_input *input)
{
	struct reader_words *words = reader_words_new(r->reader, r->position);
	const struct trace_word *batch;
	size_t count, at = 0;
	bool complete;

	while ((count = reader_words_next(words, &batch)) > 0) {
		graph_words(r->graph, batch, count);
		see_types(r, input, batch, count, &at);
	}
	complete = reader_words_complete(words);
	reader_words_free(words);
	return complete;
}

static bool build_graph(struct reachability *r)
{
	const struct roots *roots = &r->roots;
	struct graph_range *ranges = xcalloc(roots->range_count + 1, sizeof *ranges);
	uint8_t *flags = xcalloc(roots->count + 1, sizeof *flags);
	size_t vtable_count;
	struct graph_extent *vtables = find_vtables(r->snapshot, &vtable_count);
	struct graph_input input = {
		.blocks = r->blocks,
		.block_count = r->block_count,
		.ranges = ranges,
		.range_count = roots->range_count,
		.vtables = vtables,
		.vtable_count = vtable_count,
		.root_flags = flags,
		.root_count = (uint32_t)roots->count,
		.word_count = r->snapshot->word_count,
	};
	bool complete;

	for (size_t i = 0; i < roots->range_count; i++)
		ranges[i] = (struct graph_range){
			roots->ranges[i].start, roots->ranges[i].end, roots->ranges[i].root,
			roots->ranges[i].allocator_data ? GRAPH_RANGE_ALLOCATOR_DATA : 0};
	for (size_t i = 0; i < roots->count; i++)
		flags[i] = (uint8_t)((roots->list[i].weak ? GRAPH_ROOT_WEAK : 0) |
				     (roots->list[i].last ? GRAPH_ROOT_LAST : 0));
	r->graph = graph_new(&input);
	for (size_t i = 0; i < roots->word_count; i++)
		graph_root_word(r->graph, roots->words[i].root, roots->words[i].value);
	complete = read_words(r, &input);
	graph_finish(r->graph);
	r->root_flags = flags;
	free(vtables);
	free(ranges);
	return complete;
}

static struct model_amount *amount_of(struct model_reachability *site, enum mark_kind kind)
{
	switch (kind) {
	case MARK_DIRECT:
		return &site->direct;
	case MARK_INDIRECT:
		return &site->indirect;
	case MARK_POSSIBLE:
		return &site->possible;
	default:
		return &site->reachable;
	}
}

static void add(struct model_amount *to, uint64_t blocks, uint64_t bytes)
{
	to->blocks += blocks;
	to->bytes += bytes;
}

/*
 * What of Python's seems lost, in circles or held by these, is garbage: its collector had not come to it
 * yet. Unless there was an end of the interpreter, in which all garbage is collected, and it was not
 * released even then: who held it forgot to let it go.
 */
bool reachability_is_garbage(const struct reachability *r, uint32_t number,
			     const struct tally *tally)
{
	const struct graph_block *block = &r->blocks[number];

	if (!(block->flags & GRAPH_BLOCK_ANYWHERE))
		return false;
	/* What the interpreter itself forgets when it starts is nobody's business. */
	return !r->teardown_stamp || !(block->flags & SURVIVED) ||
	       block->site == tally->site_count ||
	       is_before_python(r->reader, tally->sites[block->site].stack);
}

bool reachability_is_recent(const struct reachability *r, uint32_t block)
{
	return r->blocks[block].flags & RECENT;
}

bool reachability_survived(const struct reachability *r, uint32_t block)
{
	return r->blocks[block].flags & SURVIVED;
}

static struct graph_block *find_block(struct reachability *r, uint64_t address)
{
	size_t low = 0, high = r->block_count;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (r->blocks[middle].address <= address)
			low = middle;
		else
			high = middle;
	}
	return high && r->blocks[low].address == address ? &r->blocks[low] : NULL;
}

/* The first release of an address is that of the block; hardly anything is allocated in that time. */
static void see_teardown(struct reachability *r)
{
	const struct trace_event *events;
	size_t count;

	reader_rewind(r->reader);
	while ((count = reader_batch(r->reader, &events)) > 0) {
		for (size_t i = 0; i < count; i++) {
			struct graph_block *block;

			if (events[i].stamp < r->teardown_stamp ||
			    (events[i].kind != EVENT_FREE && events[i].kind != EVENT_REALLOC_BEGIN))
				continue;
			block = find_block(r, events[i].address);
			if (block)
				block->flags &= (uint16_t)~SURVIVED;
		}
	}
}

static bool has_lost(const struct reachability *r)
{
	return r->mark.sums[MARK_DIRECT].blocks || r->mark.sums[MARK_INDIRECT].blocks;
}

static void count_blocks(struct reachability *r, const struct tally *tally)
{
	for (size_t i = 0; i < r->block_count; i++) {
		const struct graph_block *block = &r->blocks[i];
		struct model_reachability *site = &r->sites[block->site];
		enum mark_kind kind = (enum mark_kind)r->mark.kinds[i];
		bool lost = kind == MARK_DIRECT || kind == MARK_INDIRECT;

		if (lost && reachability_is_garbage(r, (uint32_t)i, tally))
			add(&site->garbage, 1, block->size);
		else if (lost && !reachability_survived(r, (uint32_t)i))
			add(&site->hidden, 1, block->size);
		else
			add(amount_of(site, kind), 1, block->size);
	}
}

/* What depends on others: who goes with whom, and what hangs by a thread. */
static void count_retained(struct reachability *r)
{
	struct dominators dominators = {0};
	struct site_graph sites = {0};

	dominators_init(&dominators, r->graph);
	site_graph_init(&sites, r->graph, &r->mark, (uint32_t)r->site_count, HOLDINGS_SHOWN);
	site_graph_retain(&sites, r->graph, &dominators);
	for (uint32_t i = 0; i < r->block_count; i++)
		if (dominators_is_weak(&dominators, i))
			add(&r->sites[r->blocks[i].site].weak, 1, r->blocks[i].size);
	for (size_t i = 0; i < r->site_count; i++)
		add(&r->sites[i].retained, sites.sites[i].retained.blocks,
		    sites.sites[i].retained.bytes);
	r->holding_count = sites.edge_count;
	r->holdings = xcalloc(sites.edge_count + 1, sizeof *r->holdings);
	for (uint32_t i = 0; i < sites.edge_count; i++)
		r->holdings[i] = sites.edges[i];
	site_graph_release(&sites);
	dominators_release(&dominators);
}

void reachability_find(struct reachability *r, const struct replay *replay)
{
	const struct tally *tally = &replay->tally;
	struct roots_from from = {
		.reader = r->reader,
		.snapshot = r->snapshot,
		.mapped = &r->mapped,
		.breaks = &r->breaks,
		.stacks = &r->stacks,
		.forked = reader_program(r->reader)->flags & REGION_FORKED,
	};

	if (!r->snapshot || !r->reached)
		return;
	if (r->block_count > BLOCKS_MAX) {
		r->missing = "there are more blocks than can be followed";
		return;
	}
	r->site_count = tally->site_count + 1;
	types_init(&r->types, r->site_count, r->snapshot);
	mark_blocks(r, tally);
	blocks_sort(r->blocks, r->block_count);
	mark_ignored(r);
	find_python_objects(r);
	from.blocks = r->blocks;
	from.block_count = r->block_count;
	roots_find(&r->roots, &from);
	if (python_objects_expected(&r->python))
		roots_add_python(&r->roots, &from, &r->python);
	if (!build_graph(r)) {
		r->missing = "the snapshot in the trace is damaged";
		return;
	}
	mark_init(&r->mark, r->graph, UINT32_MAX);
	/* What such a block holds may seem lost. */
	if (r->moving && r->mark.sums[MARK_DIRECT].blocks) {
		r->missing = "blocks were being reallocated when the snapshot was taken";
		return;
	}
	r->sites = xcalloc(r->site_count, sizeof *r->sites);
	if (r->teardown_stamp && has_lost(r))
		see_teardown(r);
	count_blocks(r, tally);
	count_retained(r);
	for (size_t i = 0; i < r->site_count; i++)
		r->sites[i].known = true;
	r->known = true;
	r->missing = "";
}

void reachability_doubt(struct reachability *r)
{
	if (!r->known)
		return;
	r->known = false;
	r->missing =
		"releases may be missing from the trace, so which blocks are live is not known";
}

void reachability_check_words(struct reader *reader)
{
	for (uint32_t i = 0; i < reader_snapshot_count(reader); i++) {
		struct reader_words *words = reader_words_new(reader, i);
		const struct trace_word *batch;

		while (reader_words_next(words, &batch))
			;
		reader_words_free(words);
	}
}

static void sum_up(const struct reachability *r, struct model_snapshot *to)
{
	for (size_t i = 0; i < r->site_count; i++) {
		const struct model_reachability *site = &r->sites[i];

		add(&to->direct, site->direct.blocks, site->direct.bytes);
		add(&to->indirect, site->indirect.blocks, site->indirect.bytes);
		add(&to->possible, site->possible.blocks, site->possible.bytes);
		add(&to->reachable, site->reachable.blocks, site->reachable.bytes);
		add(&to->weak, site->weak.blocks, site->weak.bytes);
		add(&to->hidden, site->hidden.blocks, site->hidden.bytes);
		add(&to->garbage, site->garbage.blocks, site->garbage.bytes);
	}
}

static void list_holdings(const struct reachability *r, struct model_snapshot *to,
			  struct arena *arena, const struct tally *tally, const uint32_t *ids)
{
	struct model_holding *list = arena_alloc(arena, r->holding_count * sizeof *list);

	for (uint32_t i = 0; i < r->holding_count; i++) {
		const struct site_graph_edge *from = &r->holdings[i];

		list[i] = (struct model_holding){
			.from = from->from < tally->site_count ? ids[tally->sites[from->from].stack]
							       : 0,
			.to = from->to < tally->site_count ? ids[tally->sites[from->to].stack] : 0,
			.amount = {from->blocks, from->bytes},
		};
	}
	to->holdings = list;
	to->holding_count = r->holding_count;
}

void reachability_build(const struct reachability *r, struct model *model, struct frames *frames,
			const struct tally *tally, const uint32_t *ids)
{
	struct model_snapshot *to = &model->snapshot;

	*to = (struct model_snapshot){
		.known = r->known, .missing = r->missing, .cause = "", .count = r->snapshot_count};
	if (!r->known)
		return;
	snapshot_facts(to, r->snapshot);
	to->ns = reader_elapsed_ns(r->reader, r->snapshot->stamp);
	to->threads_unstopped = r->roots.threads_unstopped;
	to->tagged = r->graph->pointers[GRAPH_TAGGED];
	to->cookies = r->graph->pointers[GRAPH_COOKIE];
	to->base_classes = r->graph->pointers[GRAPH_BASE];
	to->strings = r->graph->pointers[GRAPH_STRING];
	to->lengths = r->graph->pointers[GRAPH_LENGTH];
	to->recent_ns = reader_elapsed_ns(r->reader, r->recent_stamp);
	sum_up(r, to);
	python_census_build(to, r, frames->arena);
	list_holdings(r, to, frames->arena, tally, ids);
	cycles_list(to, r, frames, tally, ids);
}

void reachability_release(struct reachability *r)
{
	if (r->graph)
		graph_free(r->graph);
	mark_release(&r->mark);
	roots_release(&r->roots);
	types_release(&r->types);
	python_objects_release(&r->python);
	intervals_release(&r->mapped);
	intervals_release(&r->breaks);
	thread_stacks_release(&r->stacks);
	ignored_release(&r->ignored);
	free(r->holdings);
	free(r->root_flags);
	free(r->sites);
	free(r->births);
	free(r->blocks);
	memset(r, 0, sizeof *r);
}
