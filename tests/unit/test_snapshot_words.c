/* SPDX-License-Identifier: MIT */
/* The words that a snapshot keeps: against a plain reading of what memory_words.h says. */
#include "../../analyzer/record/memory_words.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../analyzer/record/word_filter.h"
#include "suite.h"

#define WORDS 4096u
#define BASE 0x7f0000000000ull
#define MAPPED 0x555555554000ull
#define MAPPED_BYTES (3ull << 30) /* whole granules and parts of some */

static uint64_t memory[WORDS + 8];
static struct trace_word kept[WORDS];
static struct word_filter words_filter;

static void setup(void)
{
	memset(memory, 0, sizeof memory);
	memset(&words_filter, 0, sizeof words_filter);
	word_filter_allow(&words_filter, BASE, BASE + sizeof memory);
	word_filter_allow(&words_filter, MAPPED, MAPPED + MAPPED_BYTES);
	word_filter_forbid(&words_filter, MAPPED + 0x5000, MAPPED + 0x7000);
}

static void teardown(void)
{
	word_filter_release(&words_filter);
}

static bool mapped(uint64_t word)
{
	return (word >= BASE && word < (BASE + sizeof memory) / 4096 * 4096) ||
	       (word >= MAPPED && word < MAPPED + MAPPED_BYTES &&
		!(word >= MAPPED + 0x5000 && word < MAPPED + 0x7000));
}

static bool byte_is_zero(uint64_t address)
{
	const uint8_t *bytes = (const uint8_t *)memory;

	return address >= BASE && address < BASE + WORDS * 8 && bytes[address - BASE] == 0;
}

static bool is_zero(void *context, uint64_t address)
{
	(void)context;
	return byte_is_zero(address);
}

static bool is_string(size_t i)
{
	uint64_t length = memory[i], capacity = memory[i + 1];
	int32_t owners;

	if (i % 2 || i + 2 >= WORDS || !(capacity > 0 && capacity < 1ull << 32) ||
	    length > capacity)
		return false;
	memcpy(&owners, &memory[i + 2], sizeof owners);
	return owners >= -1 && owners < 1 << 20 && byte_is_zero(BASE + i * 8 + 24 + length);
}

static bool is_length(size_t i)
{
	__int128 word = memory[i], chunk = i ? memory[i - 1] & ~7ull : 0;

	return i % 2 == 0 && word > 0 && word < (__int128)1 << 40 && chunk - 24 < word + 8 &&
	       word + 8 <= chunk - 8;
}

static bool wanted(size_t i)
{
	return mapped(memory[i]) || is_string(i) || (i % 2 && is_string(i - 1)) || is_length(i);
}

/* In pieces, of which each sees so many words behind it. */
static size_t filter_all(size_t piece_words, size_t ahead, struct trace_word *to)
{
	size_t count = 0;

	for (size_t at = 0; at < WORDS; at += piece_words) {
		struct word_piece piece = {
			.words = memory + at,
			.count = at + piece_words < WORDS ? piece_words : WORDS - at,
			.before = at ? memory[at - 1] : 0,
			.address = BASE + at * 8,
			.is_zero = is_zero,
		};

		piece.known = piece.count + ahead;
		if (at + piece.known > WORDS)
			piece.known = WORDS - at;
		count += word_filter_run(&words_filter, &piece, to + count);
	}
	return count;
}

static void compare(size_t piece_words)
{
	/* Three words of a header, of which the last is not asked of is_zero in this test. */
	size_t count = filter_all(piece_words, 2, kept), next = 0;

	for (size_t i = 0; i < WORDS; i++) {
		bool is_kept = next < count && kept[next].address == BASE + i * 8;

		if (is_kept != wanted(i) || (is_kept && kept[next].value != memory[i]))
			ck_abort_msg("word %zu: %#lx", i, (unsigned long)memory[i]);
		next += is_kept;
	}
	ck_assert_uint_eq(next, count);
}

START_TEST(at_the_edges)
{
	const uint64_t samples[] = {MAPPED - 1,
				    MAPPED,
				    MAPPED + MAPPED_BYTES - 1,
				    MAPPED + MAPPED_BYTES,
				    MAPPED + 0x4fff,
				    MAPPED + 0x5000,
				    MAPPED + 0x6fff,
				    MAPPED + 0x7000,
				    BASE,
				    BASE - 1,
				    MAPPED | 1ull << 63,
				    ~0ull,
				    1ull << 47,
				    1};

	for (size_t i = 0; i < sizeof samples / sizeof *samples; i++)
		memory[i * 4] = samples[i];
	compare(WORDS);
}
END_TEST

START_TEST(strings_and_lengths)
{
	memory[0] = 5; /* length, capacity, owners, "hello" */
	memory[1] = 8;
	memcpy(&memory[3], "hello", 5);
	memory[8] = 0; /* the empty one, shared by all */
	memory[9] = 1;
	memory[10] = (uint32_t)-1;
	memory[16] = 5; /* not ended */
	memory[17] = 8;
	memcpy(&memory[19], "hello, you", 10);
	memory[31] = 81; /* chunk: 64 or 72 bytes of data */
	memory[32] = 64;
	memory[39] = 81;
	memory[40] = 65;
	memory[47] = 80;
	memory[48] = 48;
	memory[WORDS - 2] = 3; /* its text would be behind the end */
	memory[WORDS - 1] = 3;
	compare(WORDS);
	ck_assert(wanted(0) && wanted(1) && wanted(8) && wanted(9) && !wanted(16) && !wanted(17));
	ck_assert(wanted(32) && !wanted(40) && !wanted(48) && !wanted(WORDS - 2));
}
END_TEST

static uint64_t any_word(void)
{
	switch (random() % 8) {
	case 0:
		return MAPPED + (uint64_t)random() % (2 * MAPPED_BYTES);
	case 1:
		return (uint64_t)random() % 64;
	case 2:
		return ((uint64_t)random() % 64) << 4 | ((uint64_t)random() & 1);
	case 3:
		return (uint64_t)random() << 33 ^ (uint64_t)random();
	case 4:
		return MAPPED + (uint64_t)random() % 0x8000;
	case 5:
		return (uint64_t)random() % (WORDS * 8);
	default:
		return 0;
	}
}

START_TEST(any_memory)
{
	srandom(1);
	for (unsigned round = 0; round < 200; round++) {
		for (size_t i = 0; i < WORDS; i++)
			memory[i] = any_word();
		compare(round % 2 ? WORDS : 256);
	}
}
END_TEST

struct collected {
	uint64_t last;
	size_t of_large;
	uint64_t start, end;
	bool ordered, wrong;
};

static void collect(void *context, const struct trace_word *words, size_t count)
{
	struct collected *c = context;

	for (size_t i = 0; i < count; i++) {
		c->ordered &= words[i].address > c->last;
		c->last = words[i].address;
		if (c->last < c->start || c->last >= c->end)
			continue;
		c->of_large++;
		c->wrong |= *(const volatile uint64_t *)(uintptr_t)c->last != words[i].value;
	}
}

/* Strings that begin in one piece and end in another one, far away or in pages never touched. */
START_TEST(strings_across_pieces)
{
	const size_t bytes = 12u << 20, step = 65536, lengths[] = {10, 70000, 1200000, 3000000};
	uint64_t *large = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			       0);
	struct trace_mapping mapping = {.start = (uint64_t)(uintptr_t)large,
					.end = (uint64_t)(uintptr_t)large + bytes,
					.flags = TRACE_MAPPING_READ | TRACE_MAPPING_WRITE,
					.name = ""};
	struct memory_words_source source = {.mappings = &mapping, .mapping_count = 1};
	struct collected collected = {.start = mapping.start, .end = mapping.end, .ordered = true};
	struct process self;
	struct memory_words *m;
	size_t expected = 0;

	for (size_t at = step - 16; at + 16 < bytes; at += step) {
		uint64_t length = lengths[at / step % 4];

		large[at / 8] = length;
		large[at / 8 + 1] = length + at % 3;
		/* Text itself does not matter, the byte behind it does. */
		if (at / step % 16 < 4 && at + 24 + length < bytes)
			((char *)large)[at + 24 + length] = 'x';
	}
	for (size_t i = 0; i + 2 < bytes / 8; i += 2)
		if (large[i + 1] && large[i + 1] < 1ull << 32 && large[i] <= large[i + 1] &&
		    large[i + 2] < 1 << 20 && i * 8 + 24 + large[i] < bytes &&
		    !((char *)large)[i * 8 + 24 + large[i]])
			expected += 2;
	process_open(&self, getpid(), -1);
	source.memory = source.original = &self;
	source.memory_tid = source.original_tid = getpid();
	m = memory_words_new(&source, NULL, 0);
	while (!memory_words_read(m, 300000, collect, &collected))
		;
	ck_assert(collected.ordered && !collected.wrong);
	ck_assert_uint_eq(collected.of_large, expected);
	ck_assert_uint_eq(memory_words_unread_bytes(m), 0);
	memory_words_free(m);
	process_close(&self);
	munmap(large, bytes);
	ck_assert_uint_gt(expected, 200);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("snapshot_words");
	TCase *tests = tcase_create("words");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, at_the_edges);
	tcase_add_test(tests, strings_and_lengths);
	tcase_add_test(tests, any_memory);
	tcase_add_test(tests, strings_across_pieces);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
