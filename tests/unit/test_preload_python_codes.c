/* SPDX-License-Identifier: MIT */
/* Numbers and texts of Python's code objects, and which layouts are known. */
#include "python_fixture.h"

static char large[(1u << 20) + PYTHON_BYTES_DATA] __attribute__((aligned(16)));

START_TEST(texts_are_copied_as_utf8)
{
	use_layout(_i);
	for (unsigned i = 0; i < COUNT(spellings); i++) {
		unsigned j = COUNT(spellings) - 1 - i;
		const struct python_code *c;

		make_string(&name, &spellings[j]);
		POINT(&codes[i], layout->file, &files[i]);
		c = &region.python_codes[number_of(&codes[i]) - 1];
		assert_text(c->name_offset, c->name_bytes, spellings[j].utf8);
		assert_text(c->file_offset, c->file_bytes, spellings[i].utf8);
		ck_assert(c->lines_bytes == 4 && c->lines == layout->lines);
		ck_assert_mem_eq(region.python_text + c->lines_offset, "\1\2\0\3", 4);
		ck_assert_int_eq(c->first_line, 10 + (int)i);
	}
}
END_TEST

/* Code is what it says: compiled anew, in the same place or another. */
START_TEST(code_is_released)
{
	uint32_t number, text;

	use_layout(_i);
	call_code(&codes[0], 2);
	compare();
	number = number_of(&codes[0]);
	python_codes_released(&codes[0]);
	make_code(&codes[0], 500);
	compare();
	ck_assert_uint_ne(number_of(&codes[0]), number);
	text = load_relaxed(&region.header->python_text_used);
	python_codes_released(&codes[0]);
	make_code(&codes[0], 10);
	compare();
	ck_assert_uint_eq(number_of(&codes[0]), number);
	make_code(&codes[2], 10);
	ck_assert_uint_eq(number_of(&codes[2]), number);
	ck_assert_uint_eq(load_relaxed(&region.header->python_text_used), text);
	make_string(&name, &spellings[1]);
	make_code(&codes[3], 10);
	ck_assert_uint_ne(number_of(&codes[3]), number);
}
END_TEST

/* Where a known stack, and then an unknown one, has a code object stands something else. */
START_TEST(no_code_object)
{
	use_layout(_i);
	call_any();
	call_any();
	for (int i = 0; i < 8; i++) {
		const unsigned parts[] = {PYTHON_TYPE, layout->name, layout->file,
					  layout->line_table};
		const struct object *code = chain[0]->code;
		struct object bad;
		bool wrong = false;

		if (i % 2 == 0)
			compare();
		make_code(&bad, 1);
		POINT(&bad, parts[i / 2], &other);
		chain[0]->code = &bad;
		write_frame(0);
		ck_assert(stack_now(&wrong) == 0 && wrong);
		chain[0]->code = code;
		write_frame(0);
	}
}
END_TEST

/* Each begins a little behind the last one, which nobody looks at any more. At the same distance
 * from each other they would never meet in a table. */
static char *next_code(unsigned i, const void *line_table)
{
	static char many[PYTHON_CODES + 8][32] __attribute__((aligned(16)));
	char *code = &many[i][i * i >> 5 & 16];

	if (line_table) {
		make_code(code, (int)i);
		POINT(code, layout->line_table, line_table);
	}
	return code;
}

/* For large line tables or many functions. Who found no room is in stacks without a name. */
START_TEST(no_room)
{
	unsigned count = _i ? PYTHON_CODES - 1 : (PYTHON_TEXT_BYTES >> 20) - 1;
	const void *table = _i ? lines.at : large;
	struct region_header *h = region.header;
	bool wrong = false;
	uint32_t text;

	use_layout(4 + _i);
	POINT(large, PYTHON_TYPE, &bytes_type);
	put(large, PYTHON_SIZE, 1u << 20, 8);
	for (unsigned i = 0; i < count; i++)
		if (number_of(next_code(i, table)) != i + 1)
			ck_abort_msg("no number for code %u", i);
	ck_assert_uint_eq(load_relaxed(&h->python_codes_lost), 0);
	text = load_relaxed(&h->python_text_used);
	call_code((struct object *)next_code(count, table), 7);
	ck_assert_uint_eq(region.nodes[stack_now(&wrong)].frame & ~FRAME_PYTHON_ENTRY,
			  FRAME_PYTHON << FRAME_ADDRESS_BITS | 7);
	ck_assert(!wrong && load_relaxed(&h->python_codes_lost) == 1);
	ck_assert_uint_eq(load_relaxed(&h->python_text_used), text);
	ck_assert_uint_eq(number_of(&codes[0]), _i ? 11 : count + 1); /* known, or small */
	for (unsigned i = 0; i < count; i += 3)
		python_codes_released(next_code(i, NULL));
	for (unsigned i = 1; i < count; i += 3)
		if (number_of(next_code(i, NULL)) != i + 1)
			ck_abort_msg("another number for code %u", i);
}
END_TEST

/* A text may come to lie where that of the code before was. */
START_TEST(file_name_at_the_same_address)
{
	const struct python_code *code;

	use_layout(_i);
	number_of(&codes[0]);
	python_codes_released(&codes[0]);
	make_string(&files[0], &spellings[1]);
	make_code(&codes[1], 99);
	code = &region.python_codes[number_of(&codes[1]) - 1];
	assert_text(code->file_offset, code->file_bytes, spellings[1].utf8);
}
END_TEST

/* More addresses than there are slots. */
START_TEST(slots_are_used_again)
{
	static char many[(2 * PYTHON_CODES + 10) * 16 + sizeof(struct object)]
		__attribute__((aligned(16)));

	use_layout(4);
	for (unsigned i = 0; i < 2 * PYTHON_CODES + 10; i++) {
		make_code(&many[16 * i], 3);
		if (!number_of(&many[16 * i]))
			ck_abort_msg("no room after %u", i);
		python_codes_released(&many[16 * i]);
	}
}
END_TEST

/* What stands for bytes of a path that are no UTF-8 becomes these bytes again. */
START_TEST(bytes_of_paths)
{
	const struct spelling path = {2, false, (uint16_t[]){'a', 0xdce9, 'b'}, 3, ""};
	const struct python_code *code;

	use_layout(_i);
	make_string(&name, &path);
	code = &region.python_codes[number_of(&codes[0]) - 1];
	assert_text(code->name_offset, code->name_bytes,
		    "a\xe9"
		    "b");
}
END_TEST

START_TEST(versions)
{
	for (unsigned minor = 0; minor < 256; minor++)
		ck_assert(!python_layout_of(VERSION(minor)) == (minor < 8 || minor > 15));
	for (uint32_t level = 0; level < 15; level++)
		ck_assert_ptr_null(python_layout_of(3u << 24 | 13u << 16 | level << 4 | 1));
	ck_assert_ptr_null(python_layout_of(VERSION(13) - (1u << 24)));
	ck_assert_ptr_null(python_layout_of(VERSION(13) + (1u << 24)));
}
END_TEST

START_TEST(descriptions)
{
	uint32_t version = VERSION(8 + _i);
	struct {
		char cookie[8];
		uint64_t version, free_threaded;
	} good = {"xdebugpy", version, 0}, bad[] = {good, good, good};

	use_layout(_i);
	bad[0].cookie[7] = 'z';
	bad[1].version++;
	bad[2].free_threaded = 1;
	ck_assert(python_layout_agrees(layout, version, &good));
	ck_assert(python_layout_agrees(layout, version, NULL) == (layout->minor < 13));
	for (int i = 0; i < 3; i++)
		ck_assert(python_layout_agrees(layout, version, &bad[i]) == (layout->minor < 13));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("preload/python_codes");
	TCase *tests = tcase_create("codes");

	tcase_add_checked_fixture(tests, setup, NULL);
	tcase_add_loop_test(tests, texts_are_copied_as_utf8, 0, LAYOUTS);
	tcase_add_loop_test(tests, code_is_released, 0, LAYOUTS);
	tcase_add_loop_test(tests, no_code_object, 0, LAYOUTS);
	tcase_add_loop_test(tests, no_room, 0, 2);
	tcase_add_loop_test(tests, file_name_at_the_same_address, 0, LAYOUTS);
	tcase_add_test(tests, slots_are_used_again);
	tcase_add_loop_test(tests, bytes_of_paths, 0, LAYOUTS);
	tcase_add_test(tests, versions);
	tcase_add_loop_test(tests, descriptions, 0, LAYOUTS);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
