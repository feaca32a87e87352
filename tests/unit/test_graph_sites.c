/* SPDX-License-Identifier: MIT */
/* The graph of sites: sums of kinds, what sites retain, and which holds how much of which. */
#include <check.h>
#include <string.h>

#include "analyzer/graph/site_graph.h"
#include "graph_fixture.h"
#include "suite.h"

#define DRAWN_MAX 40
#define SITES 5

static struct graph *graph;
static struct mark mark;
static struct dominators dominators;
static struct site_graph sites;

static void setup(void)
{
	random_state = 1;
	heap_clear();
}

static void look(uint32_t edges_max)
{
	graph = heap_build();
	mark_init(&mark, graph, 10);
	site_graph_init(&sites, graph, &mark, SITES, edges_max);
	dominators_init(&dominators, graph);
	site_graph_retain(&sites, graph, &dominators);
}

static void done(void)
{
	site_graph_release(&sites);
	dominators_release(&dominators);
	mark_release(&mark);
	graph_free(graph);
	heap_clear();
}

START_TEST(test_a_container_and_what_it_holds)
{
	uint32_t container = heap_block(80, 1, 0), values[4], lost;

	heap_global(container, 0);
	for (uint32_t i = 0; i < 4; i++) {
		values[i] = heap_block(24, 2, 0);
		heap_point(container, 16 * i, values[i], 0);
		heap_point(container, 16 * i + 8, values[i], 12); /* counts once */
	}
	heap_point(values[0], 0, values[1], 0);
	lost = heap_block(8, 2, 0);
	heap_point(lost, 0, values[3], 0);
	look(10);
	ck_assert_uint_eq(sites.sites[1].kinds[MARK_REACHABLE].bytes, 80);
	ck_assert_uint_eq(sites.sites[1].retained.bytes, 80 + 4 * 24);
	ck_assert_uint_eq(sites.sites[1].retained.blocks, 5);
	ck_assert_uint_eq(sites.sites[2].kinds[MARK_REACHABLE].blocks, 4);
	ck_assert_uint_eq(sites.sites[2].kinds[MARK_DIRECT].bytes, 8);
	ck_assert_uint_eq(sites.sites[2].retained.bytes, 4 * 24);
	ck_assert_uint_eq(sites.edges_in_all, 2);
	ck_assert_uint_eq(sites.edges[0].from, 1);
	ck_assert_uint_eq(sites.edges[0].to, 2);
	ck_assert_uint_eq(sites.edges[0].blocks, 4);
	ck_assert_uint_eq(sites.edges[0].bytes, 4 * 24);
	ck_assert_uint_eq(sites.edges[1].from, 2);
	ck_assert_uint_eq(sites.edges[1].to, 2);
	ck_assert_uint_eq(sites.edges[1].blocks, 2);
	done();
}
END_TEST

/* Nodes of one site with payloads of another: each payload counts, of the nodes the first. */
START_TEST(test_lists_count_once)
{
	uint32_t before = BLOCKS_NONE;

	for (uint32_t i = 0; i < 100; i++) {
		uint32_t node = heap_block(16, 0, 0), payload = heap_block(1000, 1, 0);

		heap_point(node, 8, payload, 0);
		if (before == BLOCKS_NONE)
			heap_global(node, 0);
		else
			heap_point(before, 0, node, 0);
		before = node;
	}
	look(10);
	ck_assert_uint_eq(sites.sites[0].retained.bytes, 101600);
	ck_assert_uint_eq(sites.sites[0].retained.blocks, 200);
	ck_assert_uint_eq(sites.sites[1].retained.bytes, 100000);
	ck_assert_uint_eq(sites.sites[1].retained.blocks, 100);
	done();
}
END_TEST

static bool dominates(uint32_t block, uint32_t other)
{
	while (other != BLOCKS_NONE && other != block)
		other = dominators_of(&dominators, other);
	return other == block;
}

/* Blocks that some block of the site dominates. */
static struct mark_sum naive_retained(uint32_t site)
{
	struct mark_sum sum = {0};

	for (uint32_t i = 0; i < graph->block_count; i++) {
		for (uint32_t j = 0; j < graph->block_count; j++) {
			if (graph->blocks[j].site == site && dominators.numbers[i] &&
			    dominates(j, i)) {
				sum.blocks++;
				sum.bytes += graph->blocks[i].size;
				break;
			}
		}
	}
	return sum;
}

static struct mark_sum naive_edge(uint32_t from, uint32_t to)
{
	bool held[DRAWN_MAX] = {0};
	struct mark_sum sum = {0};

	for (uint32_t i = 0; i < graph->block_count; i++) {
		for (uint32_t e = graph->edge_start[i]; e < graph->edge_start[i + 1]; e++) {
			uint32_t target = graph_block_of(graph->edges[e]);

			if (graph->blocks[i].site != from || graph->blocks[target].site != to ||
			    held[target])
				continue;
			held[target] = true;
			sum.blocks++;
			sum.bytes += graph->blocks[target].size;
		}
	}
	return sum;
}

START_TEST(test_random_graphs_against_definitions)
{
	for (int round = 0; round < 3000; round++) {
		uint32_t edges_max = (uint32_t)heap_random(20);
		struct mark_sum sums[SITES][MARK_KINDS] = {{{0}}};
		uint32_t pairs = 0;

		heap_draw(DRAWN_MAX);
		look(edges_max);
		for (uint32_t i = 0; i < graph->block_count; i++) {
			struct mark_sum *sum = &sums[graph->blocks[i].site][mark.kinds[i]];

			sum->blocks++;
			sum->bytes += graph->blocks[i].size;
		}
		for (uint32_t site = 0; site < SITES; site++) {
			struct mark_sum retained = naive_retained(site);

			ck_assert_mem_eq(&retained, &sites.sites[site].retained, sizeof retained);
			ck_assert_mem_eq(sums[site], sites.sites[site].kinds, sizeof sums[site]);
		}
		for (uint32_t from = 0; from < SITES; from++) {
			for (uint32_t to = 0; to < SITES; to++) {
				struct mark_sum sum = naive_edge(from, to);
				bool found = false;

				for (uint32_t i = 0; i < sites.edge_count; i++) {
					const struct site_graph_edge *edge = &sites.edges[i];

					if (edge->from != from || edge->to != to)
						continue;
					found = true;
					ck_assert_uint_eq(edge->blocks, sum.blocks);
					ck_assert_uint_eq(edge->bytes, sum.bytes);
				}
				pairs += sum.blocks != 0;
				if (sum.blocks && !found && edges_max)
					ck_assert_uint_le(sum.bytes,
							  sites.edges[edges_max - 1].bytes);
			}
		}
		ck_assert_uint_eq(sites.edges_in_all, pairs);
		ck_assert_uint_eq(sites.edge_count, pairs < edges_max ? pairs : edges_max);
		for (uint32_t i = 1; i < sites.edge_count; i++)
			ck_assert_uint_ge(sites.edges[i - 1].bytes, sites.edges[i].bytes);
		done();
	}
}
END_TEST

START_TEST(test_no_blocks)
{
	look(0);
	done();
	look(10);
	done();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("graph sites");
	TCase *tests = tcase_create("graph sites");

	tcase_add_checked_fixture(tests, setup, NULL);
	tcase_add_test(tests, test_a_container_and_what_it_holds);
	tcase_add_test(tests, test_lists_count_once);
	tcase_add_test(tests, test_random_graphs_against_definitions);
	tcase_add_test(tests, test_no_blocks);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
