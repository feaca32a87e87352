/* SPDX-License-Identifier: MIT */
/* fixture_heap.c - what a snapshot of a heap found that never was: kinds of loss, circles, holders. */
#include "fixture.h"

#define CHAIN 3u
#define HOLDERS 3u
#define CYCLES 4u
#define HOLDINGS 12u

static const char *const kinds[] = {"data", "stack", "register", "mapping", "kernel", "lost"};

static const struct model_link *make_chain(const struct model_site *site, const struct shape *shape)
{
	struct model_link *chain = fixture_take(CHAIN, sizeof *chain);

	for (uint32_t i = 0; i < CHAIN; i++)
		chain[i] = (struct model_link){
			.site = i + 1 == CHAIN ? site->id
				: i % 2	       ? 0
					       : i + 1,
			.offset = i + 1 == CHAIN ? 0 : 8 * i,
			.interior = i == 1,
			.member = i ? "" : shape->text(TEXT_WORD, i),
			.type = i == 1 ? "" : shape->text(TEXT_TYPE, i),
		};
	return chain;
}

static void put_holders(struct model_site *site, const struct shape *shape)
{
	struct model_holder *holders = fixture_take(HOLDERS, sizeof *holders);

	for (uint32_t i = 0; i < HOLDERS; i++)
		holders[i] = (struct model_holder){
			.kind = kinds[(site->id + i) % (sizeof kinds / sizeof *kinds)],
			.name = i == 1 ? "" : shape->text(TEXT_FUNCTION, i),
			.module = i == 2 ? "" : shape->text(TEXT_MODULE, i),
			.offset = 0x4010 + 8 * i,
			.weak = i == 2,
			.amount = {site->live_blocks / (i + 1), site->live_bytes / (i + 1)},
			.chain = make_chain(site, shape),
			.chain_count = CHAIN,
			.chain_length = CHAIN + (i == 1 ? 7 : 0),
		};
	site->holders = holders;
	site->holder_count = HOLDERS;
}

static const struct model_cycle *make_cycles(const struct model *model, const struct shape *shape)
{
	struct model_cycle *cycles = fixture_take(CYCLES, sizeof *cycles);
	struct model_cycle_site *sites = fixture_take(2, sizeof *sites);
	struct model_cycle_node *nodes = fixture_take(2, sizeof *nodes);
	struct model_cycle_edge *edges = fixture_take(3, sizeof *edges);

	sites[0] = (struct model_cycle_site){model->site_count ? 1 : 0, 2};
	sites[1] = (struct model_cycle_site){0, 1};
	nodes[0] = (struct model_cycle_node){
		.site = sites[0].site, .type = shape->text(TEXT_FUNCTION, 7), .count = 1};
	if (model->site_count)
		nodes[0].stack = model->sites[0].stack;
	nodes[1] = (struct model_cycle_node){.type = "", .count = 20};
	edges[0] = (struct model_cycle_edge){
		.from = 0, .to = 1, .member = shape->text(TEXT_FUNCTION, 8)};
	edges[1] = (struct model_cycle_edge){.from = 1, .to = 0, .offset = 8, .member = ""};
	edges[2] = (struct model_cycle_edge){.from = 1, .to = 1, .offset = 16, .member = ""};
	for (uint32_t i = 0; i < CYCLES; i++)
		cycles[i] = (struct model_cycle){
			.kind = i % CYCLE_KINDS,
			.times = 1 + i,
			.blocks = 21 + i,
			.bytes = 3000 / (i + 1),
			.sites = sites,
			.site_count = 2,
			.sites_in_all = 2 + i,
			.nodes = nodes,
			.edges = edges,
			.node_count = 2,
			.edge_count = 3,
			.walk_count = 2,
			.blocks_hidden = i,
		};
	return cycles;
}

static const struct model_holding *make_holdings(const struct model *model)
{
	struct model_holding *holdings = fixture_take(HOLDINGS, sizeof *holdings);

	for (uint32_t i = 0; i < HOLDINGS; i++)
		holdings[i] = (struct model_holding){
			i < model->site_count ? i : 0, i / 2, {100 - i, 1000000 / (i + 1)}};
	return holdings;
}

static void add(struct model_amount *to, const struct model_amount *from)
{
	to->blocks += from->blocks;
	to->bytes += from->bytes;
}

void fixture_put_heap(struct model *model, const struct shape *shape)
{
	struct model_site *sites = (struct model_site *)model->sites;
	struct model_snapshot *s = &model->snapshot;

	*s = (struct model_snapshot){
		.known = true,
		.missing = "",
		.cause = "request",
		.ns = 7000000000u,
		.pause_ns = 12000000,
		.count = 2,
		.read_bytes = 5u << 20,
		.unread_bytes = 4096,
		.threads = 4,
		.threads_unstopped = 1,
		.holdings = make_holdings(model),
		.holding_count = HOLDINGS,
		.cycles = make_cycles(model, shape),
		.cycle_count = CYCLES,
		.cycles_in_all = 20,
		.cycles_told = 1 + 2 + 3 + 4,
	};
	for (uint32_t i = 0; i < model->site_count; i++) {
		struct model_reachability *r = &sites[i].reachability;
		struct model_amount all = {sites[i].live_blocks, sites[i].live_bytes};

		*r = (struct model_reachability){.known = true};
		if (sites[i].verdict == VERDICT_LEAK)
			r->direct = all;
		else
			r->reachable = r->retained = all;
		if (i % 3 == 0)
			r->weak = r->reachable;
		add(&s->weak, &r->weak);
		add(&s->direct, &r->direct);
		add(&s->reachable, &r->reachable);
		if (*sites[i].why && sites[i].live_blocks && i < 1000)
			put_holders(&sites[i], shape);
	}
}
