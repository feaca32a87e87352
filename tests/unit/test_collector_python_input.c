/* SPDX-License-Identifier: MIT */
/* The collector and what no interpreter would say: codes, texts and links that lead nowhere. */
#define _GNU_SOURCE
#include "../../analyzer/record/collector.h"

#include "mock_python.h"
#include "suite.h"

/* The collector has taken all that was pushed, and looked at its stacks. */
static void await_collector(void)
{
	while (load_acquire(&ring(0)->tail) < load_relaxed(&ring(0)->head))
		usleep(100);
}

static void produce_bad_codes(void)
{
	begin_python(false);
	allocate(0, 16, STACK(entry(1, 1), python(5, 2))); /* not used yet */
	allocate(0, 16, STACK(entry(1, 1), python(CODES + 1, 3)));
	allocate(0, 16, STACK(entry(1, 1), python(FRAME_PYTHON_CODE_MASK, 4)));
	await_collector();
	store_release(&target.header->python_codes_used, UINT32_MAX);
	allocate(0, 16, STACK(entry(2, 1), python(CODES + 1, 3)));
	allocate(0, 16, STACK(entry(2, 1), python(CODES, 4))); /* all of it 0 */
}

START_TEST(codes_beyond_the_table_are_unknown)
{
	struct reader *r = open_trace(record(produce_bad_codes), "");

	expect_next(r, "?:0 a:1");
	expect_next(r, "?:0 a:1");
	expect_next(r, "?:0 a:1");
	expect_next(r, "?:0 b:1");
	expect_next(r, ":0 b:1");
	expect_end(r);
}
END_TEST

static void produce_late_code(void)
{
	begin_python(false);
	allocate(0, 16, STACK(python(5, 1)));
	await_collector();
	add_code("e", "x.py", 1, PYTHON_LINES_NONE, "", 0);
	allocate(0, 16, STACK(python(5, 1), python(5, 1)));
}

/* A number that was none when it was met first may become one. */
START_TEST(codes_that_come_late_are_found)
{
	struct reader *r = open_trace(record(produce_late_code), "");

	expect_next(r, "?:0");
	expect_next(r, "e:1 e:1");
	expect_end(r);
}
END_TEST

static void produce_bad_texts(void)
{
	struct python_code *code;

	begin_python(false);
	code = code_slot(1);
	code->name_offset = TEXT_BYTES - 2;
	code->name_bytes = 3;
	code = code_slot(2);
	code->name_offset = UINT32_MAX;
	code->name_bytes = UINT16_MAX;
	code->lines_offset = 1;
	code->lines_bytes = UINT32_MAX;
	code->first_line = INT32_MIN;
	code = code_slot(3);
	code->file_offset = TEXT_BYTES + 1;
	code->file_bytes = 0;
	code->lines_offset = TEXT_BYTES;
	code->lines_bytes = 1;
	code = code_slot(4);
	code->file_offset = TEXT_BYTES - 1; /* just inside: a zero */
	code->file_bytes = 1;
	code->lines_offset = 0;
	code->lines_bytes = TEXT_BYTES;
	allocate(0, 16, STACK(python(1, 1), python(2, 2), python(3, 3), python(4, 4)));
}

START_TEST(texts_outside_of_the_region_are_empty)
{
	struct reader *r = open_trace(record(produce_bad_texts), "");

	expect_next(r, "d:0 c:0 :0 :1");
	ck_assert_uint_eq(reader_code_count(r), 4);
	ck_assert_str_eq(reader_code(r, 1)->file, "x.py");
	ck_assert_uint_eq(reader_code(r, 2)->first_line, 0);
	ck_assert_str_eq(reader_code(r, 3)->file, "");
	ck_assert_str_eq(reader_code(r, 4)->file, "");
	expect_end(r);
}
END_TEST

/* All that an event can refer to is there; every stack ends. */
static void expect_sound(struct reader *r)
{
	struct trace_event event;

	for (stack_id id = 1; id <= reader_stack_count(r); id++) {
		const struct trace_frame *frame = reader_stack(r, id);

		if (frame->parent >= id || frame->module > reader_module_count(r))
			ck_abort_msg("stack %u is impossible", id);
		frame_text(r, frame);
	}
	while (reader_next(r, &event))
		if (event.stack > reader_stack_count(r))
			ck_abort_msg("event with stack %u", event.stack);
	expect_end(r);
}

static void produce_dangling_links(void)
{
	static const uint32_t nowhere[] = {NODES, UINT32_MAX};
	uint32_t native, functions;

	begin_python(false);
	native = STACK(MAIN, EVALUATION, EXTENSION + 1);
	functions = STACK(entry(1, 1));
	for (int i = 0; i < 2; i++) {
		allocate_mixed(native, nowhere[i]);
		allocate_mixed(nowhere[i], functions);
		allocate_mixed(nowhere[i], nowhere[i]);
	}
	allocate_mixed(native, 0);
	allocate_mixed(native, NODES - 1); /* a node that nobody has written */
	allocate_mixed(native, functions);
}

START_TEST(links_to_nodes_that_do_not_exist)
{
	struct reader *r = open_trace(record(produce_dangling_links), "");

	for (int i = 0; i < 2; i++) {
		expect_next(r, "");
		expect_next(r, "a:1");
		expect_next(r, "");
	}
	expect_next(r, "");
	expect_next(r, "extension.so+1 <0>");
	expect_next(r, "extension.so+1 a:1");
	expect_end(r);
}
END_TEST

/* Python's place is taken by native frames and by links, the native one's by Python's. */
static void produce_links_to_links(void)
{
	uint32_t native, functions, linked;

	begin_python(false);
	native = STACK(MAIN, EVALUATION, EXTENSION + 1);
	functions = STACK(entry(1, 1), python(2, 2));
	linked = LINK(native, functions);
	allocate_mixed(linked, functions);
	allocate_mixed(native, linked);
	allocate_mixed(linked, linked);
	allocate_mixed(functions, native);
	allocate(0, 16, add_stack(linked, (uint64_t[]){EXTENSION + 5, python(3, 3), 0}));
	allocate_mixed(native, STACK(EXTENSION + FRAME_PYTHON_ENTRY, MAIN));
}

START_TEST(links_to_links)
{
	struct reader *r = open_trace(record(produce_links_to_links), "");
	struct trace_event event;

	for (int i = 0; i < 4; i++)
		ck_assert(reader_next(r, &event));
	expect_next(r, "c:3 extension.so+5 extension.so+1 b:2 a:1");
	ck_assert(reader_next(r, &event));
	ck_assert_uint_ne(event.stack, 0);
	ck_assert(!reader_next(r, &event));
	expect_sound(r);
}
END_TEST

/* The nodes from 10 on are in circles of one and of two, and links to themselves. */
static void produce_circles(void)
{
	begin_python(false);
	add_node(10, 10, python(1, 1));
	add_node(11, 12, EVALUATION);
	add_node(12, 11, EXTENSION + 1);
	add_node(13, 13, link_to(13));
	add_node(14, 11, link_to(10));
	add_node(15, 14, link_to(14));
	add_node(16, 17, entry(2, 1));
	add_node(17, 16, link_to(16));
	add_node(18, 11, link_to(16));
	for (uint32_t id = 10; id < 19; id++) {
		allocate(0, 16, id);
		allocate(0, 16, LINK(id, id));
	}
	allocate(0, 16, STACK(python(4, 4)));
}

START_TEST(nodes_in_circles)
{
	struct reader *r = open_trace(record(produce_circles), "");

	ck_assert_uint_eq(count_events(r, EVENT_ALLOC), 19);
	reader_rewind(r);
	expect_sound(r);
}
END_TEST

static uint64_t any_frame(void)
{
	uint64_t code = (uint64_t)random() % (2 * CODES), at = (uint64_t)random() % 8;
	uint64_t frames[] = {python(code, at),
			     entry(code, at),
			     link_to((uint32_t)random() % (NODES + 4)),
			     EVALUATION + at,
			     CALL + at,
			     EXTENSION + at,
			     at,
			     (uint64_t)random() << 33 ^ (uint64_t)random()};

	return frames[(size_t)random() % (sizeof frames / sizeof *frames)];
}

static int seed;

static void produce_anything(void)
{
	srandom((unsigned)seed + 1);
	begin_python(random() % 2);
	for (size_t i = 0; i < CODES * sizeof(struct python_code); i++)
		if (random() % 4 == 0)
			target.base[PYTHON_CODES_OFFSET + i] = (char)random();
	store_release(&target.header->python_codes_used, (uint32_t)random() % (2 * CODES));
	for (uint32_t id = 1; id < NODES; id++)
		add_node(id, (uint32_t)random() % (random() % 8 ? id : NODES + 4), any_frame());
	for (uint32_t id = 1; id < NODES; id++) {
		allocate(0, 16, id);
		/* Bounds that move while they are looked at. */
		if (random() % 8 == 0)
			target.header->python_high = (uint64_t)random() << 20;
		if (random() % 8 == 0)
			target.header->python_eval_low = (uint64_t)random() << 20;
	}
}

START_TEST(nodes_of_any_kind)
{
	struct reader *r;

	seed = _i;
	r = open_trace(record(produce_anything), "");
	ck_assert_uint_eq(count_events(r, EVENT_ALLOC), NODES - 1);
	reader_rewind(r);
	expect_sound(r);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("collector of Python input");
	TCase *tcase = tcase_create("collector of Python input");

	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, codes_beyond_the_table_are_unknown);
	tcase_add_test(tcase, codes_that_come_late_are_found);
	tcase_add_test(tcase, texts_outside_of_the_region_are_empty);
	tcase_add_test(tcase, links_to_nodes_that_do_not_exist);
	tcase_add_test(tcase, links_to_links);
	tcase_add_test(tcase, nodes_in_circles);
	tcase_add_loop_test(tcase, nodes_of_any_kind, 0, 20);
	return suite_run(suite);
}
