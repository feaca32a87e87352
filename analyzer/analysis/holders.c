/* SPDX-License-Identifier: MIT */
#include "holders.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../util/array.h"
#include "python_links.h"
#include "types.h"

#define PAIRS_MAX (3u << 18) /* three quarters of 2^20 slots */
/* Root words of one site that are looked at: a table of pointers has many. */
#define WORDS_NAMED 256u
#define CHAIN_SHOWN 12u
/* In a pair's key, behind the site: the number of a root edge, or of a leader with this bit. */
#define OF_LEADER (1u << 31)

/* Keys are never 0. */
static uint64_t key_of(uint32_t site, uint32_t holder)
{
	return ((uint64_t)site + 1) << 32 | holder;
}

static uint32_t site_of(const struct amount *pair)
{
	return (uint32_t)(pair->key >> 32) - 1;
}

static int compare_pairs(const void *a, const void *b)
{
	const struct amount *x = a;
	const struct amount *y = b;

	if (site_of(x) != site_of(y))
		return site_of(x) < site_of(y) ? -1 : 1;
	if (x->bytes != y->bytes)
		return x->bytes < y->bytes ? 1 : -1;
	return x->key < y->key ? -1 : x->key > y->key;
}

static size_t find_first(const struct holders *h, uint32_t site)
{
	size_t low = 0, high = h->pairs.count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (site_of(&h->sorted[middle]) < site)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* What a block is held by, as the lower half of a key; false if by nothing. */
static bool holder_of(const struct holders *h, uint32_t block, uint32_t *holder)
{
	const struct reachability *r = h->reachability;
	enum mark_kind kind = (enum mark_kind)r->mark.kinds[block];

	if (kind == MARK_DIRECT)
		return false;
	*holder = kind == MARK_INDIRECT ? OF_LEADER | r->mark.owners[block]
					: h->paths.root_edges[block];
	return *holder != BLOCKS_NONE;
}

static void count_pairs(struct holders *h)
{
	const struct reachability *r = h->reachability;
	uint32_t holder;

	for (uint32_t i = 0; i < r->graph->block_count; i++)
		if (holder_of(h, i, &holder))
			amounts_add(&h->pairs, key_of(r->blocks[i].site, holder), 1,
				    r->blocks[i].size, PAIRS_MAX);
}

static int compare_keys(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* Whether a block is the better example: an object rather than a table, and then the shorter chain. */
static bool is_better(const struct holders *h, uint32_t block, uint32_t than)
{
	const struct python_objects *python = &h->reachability->python;
	bool object = python_objects_class(python, block) != NULL;

	if (than == BLOCKS_NONE)
		return true;
	if (object != (python_objects_class(python, than) != NULL))
		return object;
	return paths_length(&h->paths, block) < paths_length(&h->paths, than);
}

/* For each pair, the block of the shortest chain: found by key, then put where the pair is. */
static void find_examples(struct holders *h)
{
	const struct reachability *r = h->reachability;
	size_t count = h->pairs.count;
	uint64_t *keys = xcalloc(count + 1, sizeof *keys);
	uint32_t *best = xcalloc(count + 1, sizeof *best), holder;

	for (size_t i = 0; i < count; i++) {
		keys[i] = h->sorted[i].key;
		best[i] = BLOCKS_NONE;
	}
	qsort(keys, count, sizeof *keys, compare_keys);
	for (uint32_t i = 0; i < r->graph->block_count; i++) {
		const uint64_t *found;
		uint64_t key;

		if (!holder_of(h, i, &holder))
			continue;
		key = key_of(r->blocks[i].site, holder);
		found = bsearch(&key, keys, count, sizeof *keys, compare_keys);
		if (found && is_better(h, i, best[found - keys]))
			best[found - keys] = i;
	}
	h->examples = xcalloc(count + 1, sizeof *h->examples);
	for (size_t i = 0; i < count; i++) {
		const uint64_t *found = bsearch(&h->sorted[i].key, keys, count, sizeof *keys,
						compare_keys);

		h->examples[i] = best[found - keys];
	}
	free(best);
	free(keys);
}

void holders_find(struct holders *h, const struct reachability *reachability,
		  const struct tally *tally, const uint32_t *ids)
{
	struct amount *list;

	*h = (struct holders){.reachability = reachability, .tally = tally, .ids = ids};
	paths_init(&h->paths, reachability->graph, &reachability->mark);
	count_pairs(h);
	list = amounts_list(&h->pairs);
	if (h->pairs.count)
		qsort(list, h->pairs.count, sizeof *list, compare_pairs);
	h->sorted = list;
	find_examples(h);
}

/* A root word in words, with what is needed to tell others of the same variable. */
struct named {
	struct model_holder holder;
	uint64_t start; /* where its variable begins, or the word itself */
	const char *whole; /* the variable without the part of it */
	symbol_type pointee;
	uint32_t example;
	uint32_t words; /* of the variable */
};

static const char *const kind_words[] = {
	[ROOT_DATA] = "data",
	[ROOT_THREAD_LOCAL] = "thread-local",
	[ROOT_STACK] = "stack",
	[ROOT_REGISTER] = "register",
	[ROOT_RESULT] = "result",
	[ROOT_MAPPING] = "mapping",
	[ROOT_INHERITED] = "inherited",
	[ROOT_KERNEL] = "kernel",
	[ROOT_PYTHON_MODULE] = "module",
};

static const char *name_of_thread(const struct reader *reader, int32_t tid, struct arena *arena)
{
	const char *name = "";

	if (!tid)
		return "a thread";
	if (tid == reader_program(reader)->pid)
		return "the main thread";
	for (uint32_t i = 0; i < reader_thread_count(reader); i++) {
		const struct trace_thread *thread = reader_thread(reader, i);

		if (thread->tid == tid)
			name = arena_strndup(arena, thread->name,
					     strnlen(thread->name, sizeof thread->name));
	}
	return *name ? arena_printf(arena, "thread %" PRId32 " (%s)", tid, name)
		     : arena_printf(arena, "thread %" PRId32, tid);
}

static void name_data(struct named *to, const struct root *root, uint64_t address,
		      struct frames *frames)
{
	const struct trace_module *module = reader_module(frames->reader, root->module);
	const struct symbol_variable *variable;
	uint32_t number;

	if (!frames_symbol_module(frames, root->module, &number))
		return;
	to->holder.module = module->path;
	to->holder.offset = address - module->bias;
	variable = symbols_variable(frames->symbols, number, to->holder.offset);
	if (!*variable->name)
		return;
	to->start = address - variable->offset;
	to->whole = variable->name;
	to->holder.name = arena_printf(frames->arena, "%s%s", variable->name, variable->path);
	to->pointee = variable->pointee;
}

static void name_root(const struct holders *h, struct named *to, const struct graph_root_edge *edge,
		      struct frames *frames)
{
	const struct root *root;

	to->start = to->holder.offset = edge->address;
	to->holder.module = to->holder.name = to->whole = "";
	if (edge->root >= h->reachability->roots.count) {
		to->holder.kind = "loader";
		return;
	}
	root = &h->reachability->roots.list[edge->root];
	to->holder.kind = kind_words[root->kind];
	to->holder.weak = root->weak;
	switch (root->kind) {
	case ROOT_DATA:
		name_data(to, root, edge->address, frames);
		break;
	case ROOT_STACK:
	case ROOT_REGISTER:
		to->holder.name = to->whole = name_of_thread(frames->reader, root->tid,
							     frames->arena);
		to->start = (uint64_t)(uint32_t)root->tid;
		break;
	case ROOT_KERNEL:
		to->holder.name = to->whole = root->kernel_kind == TRACE_ROOT_TIMER
						      ? "a POSIX timer"
						      : "an epoll instance";
		to->start = root->kernel_kind;
		break;
	default:
		to->holder.name = to->whole = root->name;
		to->start = edge->root;
		break;
	}
}

static bool same_holder(const struct named *a, const struct named *b)
{
	return a->holder.kind == b->holder.kind && a->start == b->start &&
	       !strcmp(a->holder.module, b->holder.module);
}

static bool ends_name(char next)
{
	return next == '\0' || next == '.' || next == '[';
}

/* "registry.sessions" of registry.sessions[3] and registry.sessions[17]: members that the names of
 * two words of a variable have in common. */
static const char *common_name(const struct named *x, const struct named *y, struct arena *arena)
{
	const char *a = x->holder.name, *b = y->holder.name;
	size_t length = 0, whole = strlen(x->whole);

	while (a[length] && a[length] == b[length])
		length++;
	while (length > whole && !(ends_name(a[length]) && ends_name(b[length])))
		length--;
	return length > whole ? arena_strndup(arena, a, length) : x->whole;
}

/* The holders of a site, each once; returns how many. */
static uint32_t list_holders(const struct holders *h, uint32_t site, struct named *list,
			     struct frames *frames)
{
	size_t first = find_first(h, site);
	uint32_t count = 0;

	for (size_t i = first;
	     i < first + WORDS_NAMED && i < h->pairs.count && site_of(&h->sorted[i]) == site; i++) {
		const struct amount *pair = &h->sorted[i];
		uint32_t holder = (uint32_t)pair->key, same = 0;
		struct named *to = &list[count];

		*to = (struct named){.example = h->examples[i], .words = 1};
		to->holder.amount = (struct model_amount){pair->blocks, pair->bytes};
		if (holder & OF_LEADER) {
			to->holder.kind = "lost";
			to->holder.module = to->holder.name = to->whole = "";
			to->start = h->reachability->blocks[holder & ~OF_LEADER].site;
		} else {
			name_root(h, to, &h->reachability->graph->root_edges[holder], frames);
		}
		while (same < count && !same_holder(&list[same], to))
			same++;
		if (same == count) {
			count++;
			continue;
		}
		list[same].words++;
		list[same].holder.amount.blocks += pair->blocks;
		list[same].holder.amount.bytes += pair->bytes;
		list[same].holder.name = common_name(&list[same], to, frames->arena);
	}
	return count;
}

static int compare_named(const void *a, const void *b)
{
	const struct named *x = a;
	const struct named *y = b;

	if (x->holder.amount.bytes != y->holder.amount.bytes)
		return x->holder.amount.bytes < y->holder.amount.bytes ? 1 : -1;
	if (x->holder.amount.blocks != y->holder.amount.blocks)
		return x->holder.amount.blocks < y->holder.amount.blocks ? 1 : -1;
	return x->start < y->start ? -1 : x->start > y->start;
}

/* Joins what Python's users know as one: an object and its table, a module and its dictionary. Returns
 * how many links are left. */
static uint32_t join_objects(const struct holders *h, const struct paths_step *steps,
			     struct model_link *chain, uint32_t count, struct arena *arena)
{
	const struct reachability *r = h->reachability;
	uint32_t kept = 0;

	for (uint32_t i = 0; i < count; i++) {
		const struct trace_object_name *class = python_objects_class(&r->python,
									     steps[i].block);
		struct model_link *link = &chain[kept++];
		uint32_t object = steps[i].block, part = i;
		const char *name;

		*link = chain[i];
		if (!class) {
			/* A table, of whatever objects are made at the same place. */
			if (r->blocks[steps[i].block].flags & GRAPH_BLOCK_ANYWHERE)
				link->type = "";
			continue;
		}
		link->type = class->text;
		while (part + 2 < count &&
		       python_links_joins(r, object, steps[part].block, steps[part].offset,
					  steps[part + 1].block))
			part++;
		if (part + 1 == count)
			continue;
		name = python_links_name(r, object, steps[part > i ? part - 1 : i].block,
					 steps[part].block, steps[part].offset, arena);
		if (*name || part > i)
			link->member = name;
		i = part;
	}
	return kept;
}

/* Types are followed from the root on, as far as nothing of the chain is left out. */
static void fill_chain(const struct holders *h, struct named *to, struct frames *frames)
{
	const struct reachability *r = h->reachability;
	struct paths_step steps[CHAIN_SHOWN];
	const struct graph_root_edge *root;
	uint32_t count = paths_get(&h->paths, to->example, steps, CHAIN_SHOWN, &root);
	struct model_link *chain = arena_alloc(frames->arena, count * sizeof *chain);
	symbol_type type = to->pointee;

	to->holder.chain_length = paths_length(&h->paths, to->example);
	for (uint32_t i = 0; i < count; i++) {
		const struct graph_block *block = &r->blocks[steps[i].block];
		const struct symbol_member *member;
		const char *class;

		if (i && i + 1 < count && to->holder.chain_length > count)
			type = 0;
		class = types_of_site(&r->types, block->site, frames);
		chain[i] = (struct model_link){
			.site = block->site < h->tally->site_count
					? h->ids[h->tally->sites[block->site].stack]
					: 0,
			.offset = steps[i].offset,
			.interior = steps[i].how == GRAPH_INTERIOR,
			.member = "",
			.type = *class ? class : "",
		};
		if (!type)
			continue;
		if (!*class)
			chain[i].type = symbols_type_name(frames->symbols, type);
		if (i + 1 < count) {
			member = symbols_member(frames->symbols, type, steps[i].offset);
			chain[i].member = member->path;
			type = member->pointee;
		}
	}
	if (r->python.class_of && to->holder.chain_length == count) {
		count = join_objects(h, steps, chain, count, frames->arena);
		to->holder.chain_length = count;
	}
	to->holder.chain = chain;
	to->holder.chain_count = count;
}

void holders_fill(const struct holders *h, uint32_t site, struct model_site *to,
		  struct frames *frames)
{
	struct named *list = xcalloc(WORDS_NAMED, sizeof *list);
	uint32_t count = list_holders(h, site, list, frames);
	struct model_holder *shown;

	qsort(list, count, sizeof *list, compare_named);
	if (count > HOLDERS_SHOWN)
		count = HOLDERS_SHOWN;
	shown = arena_alloc(frames->arena, count * sizeof *shown);
	for (uint32_t i = 0; i < count; i++) {
		fill_chain(h, &list[i], frames);
		shown[i] = list[i].holder;
		if (!*to->type && shown[i].chain_count)
			to->type = shown[i].chain[shown[i].chain_count - 1].type;
	}
	to->holders = shown;
	to->holder_count = count;
	free(list);
}

void holders_release(struct holders *h)
{
	paths_release(&h->paths);
	amounts_release(&h->pairs);
	free(h->examples);
	memset(h, 0, sizeof *h);
}
