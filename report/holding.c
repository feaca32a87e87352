/* SPDX-License-Identifier: MIT */
#include "holding.h"

#include <inttypes.h>
#include <string.h>

#include "../analyzer/util/human.h"
#include "stack.h"
#include "visible.h"

#define NAME_COLUMNS 60u
#define GARBAGE_WORTH_BLOCKS 20u

static bool is_kind(const struct model_holder *holder, const char *kind)
{
	return !strcmp(holder->kind, kind);
}

const struct model_holder *holding_main(const struct model_site *site)
{
	if (!site->holder_count || 2 * site->holders[0].amount.blocks <= site->live_blocks)
		return NULL;
	return &site->holders[0];
}

/* "the variable x in m", or "data of m at +0x4010" */
static void put_data(FILE *file, const struct model_holder *holder)
{
	if (*holder->name) {
		fputs("the variable ", file);
		visible_put(file, holder->name);
	} else {
		fprintf(file, "data at +0x%" PRIx64, holder->offset);
	}
	if (*holder->module) {
		fputs(" in ", file);
		visible_put(file, human_basename(holder->module));
	}
}

static void put_mapping(FILE *file, const struct model_holder *holder)
{
	if (*holder->name) {
		fputs("the mapped file ", file);
		visible_put(file, holder->name);
	} else {
		fprintf(file, "mapped memory at 0x%" PRIx64, holder->offset);
	}
}

void holding_put_root(FILE *file, const struct model_holder *holder)
{
	if (is_kind(holder, "data")) {
		put_data(file, holder);
	} else if (is_kind(holder, "thread-local")) {
		fputs("thread-local storage", file);
	} else if (is_kind(holder, "stack")) {
		fputs("the stack of ", file);
		visible_put(file, holder->name);
	} else if (is_kind(holder, "register")) {
		fputs("a register of ", file);
		visible_put(file, holder->name);
	} else if (is_kind(holder, "result")) {
		fputs("a thread that nobody has joined", file);
	} else if (is_kind(holder, "module")) {
		fputs("the module ", file);
		visible_put(file, holder->name);
	} else if (is_kind(holder, "kernel")) {
		visible_put(file, holder->name);
	} else if (is_kind(holder, "inherited")) {
		fputs("memory from before the fork", file);
	} else if (is_kind(holder, "lost")) {
		fputs("a lost block", file);
	} else if (is_kind(holder, "loader")) {
		fputs("the loader", file);
	} else {
		put_mapping(file, holder);
	}
}

void holding_put_block(FILE *file, const struct model *model, const struct model_link *link)
{
	const struct model_site *site = link->site && link->site <= model->site_count
						? &model->sites[link->site - 1]
						: NULL;

	if (site && site->stack.frame_count)
		stack_put_name(file, &site->stack, NAME_COLUMNS);
	else if (!*link->type)
		fputs("a block", file);
	if (*link->type) {
		if (site && site->stack.frame_count)
			fputs(", ", file);
		visible_put(file, link->type);
	}
}

void holding_put_word(FILE *file, const struct model_link *link)
{
	if (*link->member)
		visible_put(file, link->member);
	else
		fprintf(file, "+%" PRIu64, link->offset);
}

uint32_t holding_gap(const struct model_holder *holder, uint32_t *missing)
{
	*missing = holder->chain_length - holder->chain_count;
	return *missing ? 0 : holder->chain_count;
}

static struct human bytes_of(struct model_amount amount, bool exact)
{
	return human_bytes(amount.bytes, exact);
}

static void put_lost(FILE *file, const struct model_snapshot *s, bool exact)
{
	uint64_t blocks = s->direct.blocks + s->indirect.blocks;
	struct model_amount lost = {blocks, s->direct.bytes + s->indirect.bytes};

	if (!blocks) {
		fputs("nothing was lost: the program could still reach every block", file);
		return;
	}
	fprintf(file, "%s block%s, %s, could not be reached any more", human_count(blocks).text,
		human_plural(blocks), bytes_of(lost, exact).text);
}

static void put_parts_of_lost(FILE *file, const struct model_snapshot *s)
{
	if (s->indirect.blocks)
		fprintf(file, " Of these, %s are held by others of them.",
			human_count(s->indirect.blocks).text);
	if (s->cycles_in_all)
		fprintf(file, " There are %s circle%s of blocks that hold each other.",
			human_count(s->cycles_in_all).text, human_plural(s->cycles_in_all));
}

static void put_moment(FILE *file, const struct model_snapshot *s)
{
	if (!strcmp(s->cause, "exit"))
		fputs(s->main_returned ? "When main had returned, " : "When the program exited, ",
		      file);
	else
		fprintf(file, "After %s, ", human_duration(s->ns).text);
}

/* What it did says whether its garbage is waiting for a collection, or in vain. */
static void put_collector(FILE *file, const struct model_collector *collector)
{
	const struct model_collector_generation *all = collector->generations;
	uint64_t collected = 0, uncollectable = 0;

	for (int i = 0; i < PYTHON_COLLECTOR_GENERATIONS; i++) {
		collected += all[i].collected;
		uncollectable += all[i].uncollectable;
	}
	fprintf(file,
		" Python's garbage collector had run %s, %s and %s times for generations 0, 1 and 2 "
		"(thresholds %" PRIu32 ", %" PRIu32 " and %" PRIu32 ") and found %s object%s",
		human_count(all[0].collections).text, human_count(all[1].collections).text,
		human_count(all[2].collections).text, all[0].threshold, all[1].threshold,
		all[2].threshold, human_count(collected).text, human_plural(collected));
	if (uncollectable)
		fprintf(file, " and %s that it could not free", human_count(uncollectable).text);
	fputs(collector->enabled ? "." : "; it was switched off.", file);
}

/* What needs the collector goes at its leisure. */
static void put_advice(FILE *file, const struct model_snapshot *s)
{
	if (s->garbage.blocks < GARBAGE_WORTH_BLOCKS)
		return;
	fputs(" A weak reference (weakref.ref) in place of a pointer back, to a parent for example, lets "
	      "such objects go at once",
	      file);
	if (s->collector.known && !s->collector.enabled)
		fputs("; gc.enable(), or gc.collect() now and then, frees them, too", file);
	putc('.', file);
}

void holding_put_snapshot(FILE *file, const struct model *model, bool exact)
{
	const struct model_snapshot *s = &model->snapshot;

	if (!s->known) {
		fprintf(file, "Who holds what is unknown: %s.", s->missing);
		return;
	}
	put_moment(file, s);
	put_lost(file, s, exact);
	fputs(".", file);
	put_parts_of_lost(file, s);
	if (s->garbage.blocks)
		fprintf(file, " %s more, %s, wait%s for Python's garbage collector.",
			human_count(s->garbage.blocks).text, bytes_of(s->garbage, exact).text,
			s->garbage.blocks == 1 ? "s" : "");
	if (s->collector.known)
		put_collector(file, &s->collector);
	put_advice(file, s);
	if (s->possible.blocks)
		fprintf(file, " Only pointers into the middle lead to %s more, %s.",
			human_count(s->possible.blocks).text, bytes_of(s->possible, exact).text);
	if (s->threads_unstopped)
		fprintf(file,
			" Registers of %s thread%s could not be read: what only these hold is among "
			"the lost.",
			human_count(s->threads_unstopped).text, human_plural(s->threads_unstopped));
	if (s->unread_bytes)
		fprintf(file,
			" %s of memory could not be read: what only that holds is among the "
			"lost.",
			human_bytes(s->unread_bytes, exact).text);
}
