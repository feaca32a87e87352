/* SPDX-License-Identifier: MIT */
/* What the last snapshot found: in all, and what holds the blocks of a site. */
#include "json_parts.h"

static void put_amount(struct json_writer *w, const char *key, struct model_amount amount)
{
	json_object_begin(w, key);
	json_uint(w, "blocks", amount.blocks);
	json_uint(w, "bytes", amount.bytes);
	json_end(w);
}

void json_put_reachability(struct json_writer *w, const struct model_reachability *reachability)
{
	if (!reachability->known) {
		json_null(w, "reachability");
		return;
	}
	json_object_begin(w, "reachability");
	put_amount(w, "direct", reachability->direct);
	put_amount(w, "indirect", reachability->indirect);
	put_amount(w, "possible", reachability->possible);
	put_amount(w, "reachable", reachability->reachable);
	put_amount(w, "retained", reachability->retained);
	put_amount(w, "weak", reachability->weak);
	put_amount(w, "hidden", reachability->hidden);
	put_amount(w, "garbage", reachability->garbage);
	json_end(w);
}

static void put_chain(struct json_writer *w, const struct model_holder *holder)
{
	json_uint(w, "length", holder->chain_length);
	json_array_begin(w, "chain");
	for (uint32_t i = 0; i < holder->chain_count; i++) {
		const struct model_link *link = &holder->chain[i];

		json_object_begin(w, NULL);
		if (link->site)
			json_uint(w, "site", link->site);
		else
			json_null(w, "site");
		json_string(w, "type", link->type);
		json_bool(w, "interior", link->interior);
		json_uint(w, "offset", link->offset);
		json_string(w, "member", link->member);
		json_end(w);
	}
	json_end(w);
}

void json_put_retention(struct json_writer *w, const struct model_site *site)
{
	json_array_begin(w, "retention");
	for (uint32_t i = 0; i < site->holder_count; i++) {
		const struct model_holder *holder = &site->holders[i];

		json_object_begin(w, NULL);
		json_string(w, "kind", holder->kind);
		json_string(w, "name", holder->name);
		json_string(w, "module", holder->module);
		json_uint(w, "offset", holder->offset);
		json_bool(w, "weak", holder->weak);
		json_uint(w, "blocks", holder->amount.blocks);
		json_uint(w, "bytes", holder->amount.bytes);
		put_chain(w, holder);
		json_end(w);
	}
	json_end(w);
}

static void put_holdings(struct json_writer *w, const struct model_snapshot *snapshot)
{
	json_array_begin(w, "holdings");
	for (uint32_t i = 0; i < snapshot->holding_count; i++) {
		const struct model_holding *holding = &snapshot->holdings[i];

		json_object_begin(w, NULL);
		json_uint(w, "from", holding->from);
		json_uint(w, "to", holding->to);
		json_uint(w, "blocks", holding->amount.blocks);
		json_uint(w, "bytes", holding->amount.bytes);
		json_end(w);
	}
	json_end(w);
}

static const char *const cycle_kind_names[] = {
	[CYCLE_LOST] = "lost",
	[CYCLE_GARBAGE] = "garbage",
	[CYCLE_UNCOLLECTED] = "uncollected",
};

static void put_cycle_graph(struct json_writer *w, const struct model_cycle *cycle)
{
	json_array_begin(w, "nodes");
	for (uint32_t i = 0; i < cycle->node_count; i++) {
		const struct model_cycle_node *node = &cycle->nodes[i];

		json_object_begin(w, NULL);
		json_uint(w, "site", node->site);
		json_string(w, "type", node->type);
		json_uint(w, "count", node->count);
		json_end(w);
	}
	json_end(w);
	json_array_begin(w, "edges");
	for (uint32_t i = 0; i < cycle->edge_count; i++) {
		const struct model_cycle_edge *edge = &cycle->edges[i];

		json_object_begin(w, NULL);
		json_uint(w, "from", edge->from);
		json_uint(w, "to", edge->to);
		json_bool(w, "interior", edge->interior);
		json_uint(w, "offset", edge->offset);
		json_string(w, "member", edge->member);
		json_uint(w, "skipped", edge->skipped);
		json_end(w);
	}
	json_end(w);
	json_uint(w, "walk_length", cycle->walk_count);
	json_uint(w, "hidden_blocks", cycle->blocks_hidden);
}

static void put_cycles(struct json_writer *w, const struct model_snapshot *snapshot)
{
	json_uint(w, "cycle_count", snapshot->cycles_in_all);
	json_array_begin(w, "cycles");
	for (uint32_t i = 0; i < snapshot->cycle_count; i++) {
		const struct model_cycle *cycle = &snapshot->cycles[i];

		json_object_begin(w, NULL);
		json_string(w, "kind", cycle_kind_names[cycle->kind]);
		json_uint(w, "times", cycle->times);
		json_uint(w, "blocks", cycle->blocks);
		json_uint(w, "bytes", cycle->bytes);
		json_uint(w, "site_count", cycle->sites_in_all);
		json_array_begin(w, "sites");
		for (uint32_t k = 0; k < cycle->site_count; k++) {
			json_object_begin(w, NULL);
			json_uint(w, "site", cycle->sites[k].site);
			json_uint(w, "blocks", cycle->sites[k].blocks);
			json_end(w);
		}
		json_end(w);
		put_cycle_graph(w, cycle);
		json_end(w);
	}
	json_end(w);
}

static void put_collector(struct json_writer *w, const struct model_collector *collector)
{
	if (!collector->known) {
		json_null(w, "python_collector");
		return;
	}
	json_object_begin(w, "python_collector");
	json_bool(w, "enabled", collector->enabled);
	json_array_begin(w, "generations");
	for (int i = 0; i < PYTHON_COLLECTOR_GENERATIONS; i++) {
		const struct model_collector_generation *generation = &collector->generations[i];

		json_object_begin(w, NULL);
		json_uint(w, "threshold", generation->threshold);
		json_uint(w, "collections", generation->collections);
		json_uint(w, "collected", generation->collected);
		json_uint(w, "uncollectable", generation->uncollectable);
		json_end(w);
	}
	json_end(w);
	json_end(w);
}

static void put_classes(struct json_writer *w, const struct model_snapshot *snapshot)
{
	json_uint(w, "recent_ns", snapshot->recent_ns);
	json_array_begin(w, "classes");
	for (uint32_t i = 0; i < snapshot->class_count; i++) {
		const struct model_class *class = &snapshot->classes[i];

		json_object_begin(w, NULL);
		json_string(w, "name", class->name);
		json_uint(w, "objects", class->objects);
		json_uint(w, "bytes", class->bytes);
		json_uint(w, "recent_objects", class->recent_objects);
		json_uint(w, "recent_bytes", class->recent_bytes);
		json_end(w);
	}
	json_end(w);
}

void json_put_snapshot(struct json_writer *w, const struct model_snapshot *snapshot)
{
	json_object_begin(w, "snapshot");
	json_bool(w, "known", snapshot->known);
	json_string(w, "missing", snapshot->missing);
	json_uint(w, "count", snapshot->count);
	if (snapshot->known) {
		json_string(w, "cause", snapshot->cause);
		json_bool(w, "main_returned", snapshot->main_returned);
		json_uint(w, "ns", snapshot->ns);
		json_uint(w, "pause_ns", snapshot->pause_ns);
		json_uint(w, "read_bytes", snapshot->read_bytes);
		json_uint(w, "unread_bytes", snapshot->unread_bytes);
		json_uint(w, "threads", snapshot->threads);
		json_uint(w, "threads_unstopped", snapshot->threads_unstopped);
		put_amount(w, "direct", snapshot->direct);
		put_amount(w, "indirect", snapshot->indirect);
		put_amount(w, "possible", snapshot->possible);
		put_amount(w, "reachable", snapshot->reachable);
		put_amount(w, "weak", snapshot->weak);
		put_amount(w, "hidden", snapshot->hidden);
		put_amount(w, "garbage", snapshot->garbage);
		json_object_begin(w, "accepted_interior_pointers");
		json_uint(w, "tagged", snapshot->tagged);
		json_uint(w, "array_cookie", snapshot->cookies);
		json_uint(w, "base_class", snapshot->base_classes);
		json_uint(w, "counted_string", snapshot->strings);
		json_uint(w, "length_prefix", snapshot->lengths);
		json_end(w);
		put_collector(w, &snapshot->collector);
		put_classes(w, snapshot);
		put_holdings(w, snapshot);
		put_cycles(w, snapshot);
	}
	json_end(w);
}
