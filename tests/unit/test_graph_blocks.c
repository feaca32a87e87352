/* SPDX-License-Identifier: MIT */
/* Blocks by address: sorting them, and finding the one that an address lies in. */
#include <check.h>
#include <string.h>

#include "analyzer/graph/blocks.h"
#include "graph_fixture.h"
#include "suite.h"

static void setup(void)
{
	random_state = 1;
	heap_clear();
}

static uint32_t naive_before(uint64_t address)
{
	uint32_t found = BLOCKS_NONE;

	for (uint32_t i = 0; i < heap.block_count; i++) {
		if (heap.blocks[i].address <= address)
			found = i;
	}
	return found;
}

static void check_address(const struct blocks *blocks, uint64_t address)
{
	uint32_t before = naive_before(address);
	bool inside = before != BLOCKS_NONE && address < blocks_end(&heap.blocks[before]);

	blocks_prefetch_page(blocks, address);
	blocks_prefetch_block(blocks, address);
	ck_assert_uint_eq(blocks_before(blocks, address), before);
	ck_assert_uint_eq(blocks_find(blocks, address), inside ? before : BLOCKS_NONE);
}

/* Around all edges of all blocks, and far from them. */
static void check_all(void)
{
	struct blocks blocks = {0};

	blocks_sort(heap.blocks, heap.block_count);
	blocks_init(&blocks, heap.blocks, heap.block_count);
	for (uint32_t i = 0; i < heap.block_count; i++) {
		for (int near = -9; near <= 9; near++) {
			check_address(&blocks, heap.blocks[i].address + (uint64_t)near);
			check_address(&blocks, blocks_end(&heap.blocks[i]) + (uint64_t)near);
		}
	}
	check_address(&blocks, 0);
	check_address(&blocks, UINT64_MAX);
	blocks_release(&blocks);
}

START_TEST(test_no_blocks)
{
	check_all();
	blocks_sort(NULL, 0);
}
END_TEST

START_TEST(test_zero_bytes_have_one_address)
{
	struct blocks blocks = {0};

	heap_block_at(0x1000, 0, 1, 0);
	heap_block_at(0x1020, 1, 1, 0);
	blocks_init(&blocks, heap.blocks, 2);
	ck_assert_uint_eq(blocks_find(&blocks, 0x1000), 0);
	ck_assert_uint_eq(blocks_find(&blocks, 0x1001), BLOCKS_NONE);
	ck_assert_uint_eq(blocks_find(&blocks, 0x1020), 1);
	ck_assert_uint_eq(blocks_find(&blocks, 0x1021), BLOCKS_NONE);
	blocks_release(&blocks);
	check_all();
}
END_TEST

START_TEST(test_dense_and_sparse_heaps)
{
	for (int round = 0; round < 40; round++) {
		uint64_t gap_bits = heap_random(40), size_bits = heap_random(30);

		heap_clear();
		for (uint64_t i = 1 + heap_random(300), at = 0x10000; i; i--) {
			uint64_t size = heap_random(2ull << size_bits);

			heap_block_at(at, size, 0, 0);
			at += size + 1 + heap_random(1ull << heap_random(gap_bits + 1));
		}
		check_all();
	}
}
END_TEST

/* Many small ones, and a few that make the address space wide. */
START_TEST(test_clusters_far_apart)
{
	for (int i = 0; i < 1000; i++)
		heap_block(heap_random(40), 0, 0);
	for (uint64_t i = 0; i < 1000; i++)
		heap_block_at(0x7f0000000000 + i * 0x40000000 + heap_random(0x1000), 0x30000000, 0,
			      0);
	check_all();
}
END_TEST

START_TEST(test_overlapping_blocks_yield_to_later_ones)
{
	heap_block_at(0x1000, 0x1000, 0, 0);
	heap_block_at(0x1800, 0x10, 0, 0);
	heap_block_at(0x1800, 0x20, 0, 0);
	heap_block_at(0x9000, 0x10, 0, 0);
	check_all();
}
END_TEST

/* Sizes that no heap has, as a damaged trace may say. */
START_TEST(test_absurd_sizes)
{
	struct blocks blocks = {0};

	heap_block_at(0x1000, 0x10, 0, 0);
	heap_block_at(0x2000, UINT64_MAX, 0, 0);
	heap_block_at(UINT64_MAX - 1, 0x100, 0, 0);
	blocks_init(&blocks, heap.blocks, heap.block_count);
	for (uint32_t i = 0; i < heap.block_count; i++)
		(void)blocks_find(&blocks, heap.blocks[i].address + 1);
	ck_assert_uint_eq(blocks_find(&blocks, 0x1000), 0);
	blocks_release(&blocks);
}
END_TEST

START_TEST(test_sorting_keeps_the_order_of_equals)
{
	struct graph_block before[HEAP_MAX];

	for (unsigned bits = 1; bits <= 64; bits++) {
		heap.block_count = 0;
		for (uint32_t i = 0; i < HEAP_MAX; i++) {
			uint64_t address = heap_random(UINT64_MAX) * heap_random(UINT64_MAX);

			heap_block_at(address >> (64 - bits), i, 2 * i, (uint8_t)i);
		}
		memcpy(before, heap.blocks, sizeof before);
		blocks_sort(heap.blocks, HEAP_MAX);
		for (uint32_t i = 0; i < HEAP_MAX; i++) {
			const struct graph_block *block = &heap.blocks[i];

			ck_assert_uint_eq(before[block->size].address, block->address);
			ck_assert_uint_eq(block->site, 2 * block->size);
			ck_assert_uint_eq(block->flags, (uint8_t)block->size);
			if (i && block[-1].address == block->address)
				ck_assert_uint_lt(block[-1].size, block->size);
			else if (i)
				ck_assert_uint_lt(block[-1].address, block->address);
		}
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("graph blocks");
	TCase *tests = tcase_create("graph blocks");

	tcase_add_checked_fixture(tests, setup, NULL);
	tcase_add_test(tests, test_no_blocks);
	tcase_add_test(tests, test_zero_bytes_have_one_address);
	tcase_add_test(tests, test_dense_and_sparse_heaps);
	tcase_add_test(tests, test_clusters_far_apart);
	tcase_add_test(tests, test_overlapping_blocks_yield_to_later_ones);
	tcase_add_test(tests, test_absurd_sizes);
	tcase_add_test(tests, test_sorting_keeps_the_order_of_equals);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
