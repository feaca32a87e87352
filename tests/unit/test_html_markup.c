/* SPDX-License-Identifier: MIT */
/* What HTML is written with: nothing that comes from a program may end a text or an attribute. */
#define _GNU_SOURCE
#include <check.h>

#include "report/html/base64.h"
#include "report/html/markup.h"
#include "suite.h"
#include "text_fixture.h"

static struct markup markup;

static void begin(void)
{
	memset(&markup, 0, sizeof markup);
	markup.file = open_text();
}

static void end(void)
{
	ck_assert_uint_eq(markup.depth, 0);
	fclose(markup.file);
}

START_TEST(elements_nest)
{
	begin();
	markup_open(&markup, "span", "class", "a", "hidden", "", "title", NULL, NULL);
	markup_leaf(&markup, "b", "x", NULL);
	markup_text(&markup, "y");
	markup_close(&markup, "span");
	end();
	ck_assert_str_eq(text, "<span class=\"a\" hidden><b>x</b>y</span>");
}
END_TEST

START_TEST(svg_elements_have_ends)
{
	begin();
	markup_open(&markup, "svg", NULL);
	markup_empty(&markup, "path", "d", "M0 0", NULL);
	markup_close(&markup, "svg");
	markup_empty(&markup, "br", NULL);
	end();
	assert_has("<svg><path d=\"M0 0\"></path></svg><br>");
}
END_TEST

static const struct {
	const char *raw, *safe;
} texts[] = {
	{"</script><img src=x onerror=alert(1)>",
	 "&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;"},
	{"a&amp;b", "a&amp;amp;b"},
	{"\"quoted\"", "&quot;quoted&quot;"},
	{"'", "&#39;"},
	{"`", "&#96;"},
	{"tab\there", "tab\\there"},
	{"line\nbreak", "line\\nbreak"},
	{"\x01\x7f", "\\x01\\x7f"},
	{"\xff\xfe", "\\xff\\xfe"},
	{"\xed\xa0\x80", "\\xed\\xa0\\x80"}, /* half of a surrogate pair */
	{"\xe2\x80\xae", "\\u202e"}, /* right to left from here */
	{"\xc2\x85", "\\x85"}, /* a control character of the upper set */
	{"gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f"},
	{"", ""},
};

START_TEST(text_is_safe)
{
	char expected[200];

	begin();
	markup_leaf(&markup, "b", texts[_i].raw, NULL);
	end();
	snprintf(expected, sizeof expected, "<b>%s</b>", texts[_i].safe);
	ck_assert_str_eq(text, expected);
}
END_TEST

START_TEST(attributes_are_safe)
{
	char expected[200];

	begin();
	markup_leaf(&markup, "b", "", "title", texts[_i].raw, NULL);
	end();
	snprintf(expected, sizeof expected,
		 *texts[_i].safe ? "<b title=\"%s\"></b>" : "<b title></b>", texts[_i].safe);
	ck_assert_str_eq(text, expected);
}
END_TEST

START_TEST(words_and_formats_are_safe)
{
	begin();
	fputs("<i>&", markup_words(&markup));
	markup_words_end(&markup);
	markup_printf(&markup, "%s %d", "<u>", 5);
	end();
	ck_assert_str_eq(text, "&lt;i&gt;&amp;&lt;u&gt; 5");
}
END_TEST

START_TEST(long_text_is_cut_and_says_so)
{
	size_t length = 1 << 20;
	char *name = malloc(length + 1);

	for (size_t i = 0; i < length; i += 2)
		memcpy(name + i, "\xc3\xbc", 2);
	name[length] = '\0';
	name[0] = '<'; /* so that the limit falls into a character */
	memmove(name + 1, name + 2, length - 1);
	begin();
	markup_text(&markup, name);
	end();
	ck_assert_uint_lt(strlen(text), MARKUP_TEXT_MAX + 40);
	assert_has("\xc3\xbc... (1040384 more)");
	free(name);
}
END_TEST

/* From RFC 4648, section 10. */
static const char *const vectors[][2] = {
	{"", ""},
	{"f", "Zg=="},
	{"fo", "Zm8="},
	{"foo", "Zm9v"},
	{"foob", "Zm9vYg=="},
	{"fooba", "Zm9vYmE="},
	{"foobar", "Zm9vYmFy"},
};

START_TEST(base64_is_as_published)
{
	size_t length = strlen(vectors[_i][0]);
	FILE *file = open_text();

	base64_put(file, (const unsigned char *)vectors[_i][0], length);
	fclose(file);
	ck_assert_str_eq(text, vectors[_i][1]);
	ck_assert_uint_eq(base64_bytes(length), strlen(text));
}
END_TEST

int main(void)
{
	TCase *tcase = tcase_create("markup");
	Suite *suite = suite_create("html_markup");

	tcase_add_checked_fixture(tcase, NULL, forget_text);
	tcase_add_test(tcase, elements_nest);
	tcase_add_test(tcase, svg_elements_have_ends);
	tcase_add_loop_test(tcase, text_is_safe, 0, sizeof texts / sizeof *texts);
	tcase_add_loop_test(tcase, attributes_are_safe, 0, sizeof texts / sizeof *texts);
	tcase_add_test(tcase, words_and_formats_are_safe);
	tcase_add_test(tcase, long_text_is_cut_and_says_so);
	tcase_add_loop_test(tcase, base64_is_as_published, 0, sizeof vectors / sizeof *vectors);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
