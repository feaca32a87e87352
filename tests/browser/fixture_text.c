/* SPDX-License-Identifier: MIT */
/*
 * fixture_text.c - the strings of models: such as programs have, and such as they should not.
 */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fixture.h"

#define LONG_BYTES 65536u

__attribute__((format(printf, 1, 2))) static const char *text(const char *format, ...)
{
	char *made;
	va_list arguments;

	va_start(arguments, format);
	if (vasprintf(&made, format, arguments) < 0)
		abort();
	va_end(arguments);
	return made;
}

static const char *usual_function(uint32_t number)
{
	static const char *const spaces[] = {
		"storage", "storage::btree", "net::http", "query",	 "query::plan",
		"util",	   "replication",    "cache",	  "parser::ast", "(anonymous namespace)"};
	static const char *const types[] = {"Page",    "Cursor",  "Session", "Request", "Planner",
					    "Node",    "Visitor", "Index",   "Journal", "Registry",
					    "Message", "Batch",	  "Column"};
	static const char *const verbs[] = {"split",  "insert", "open",	  "dispatch", "evaluate",
					    "resize", "append", "load",	  "commit",   "visit",
					    "encode", "merge",	"lookup", "clone"};
	static const char *const ends[] = {"()", "(int) const", "(std::string const&)",
					   "(unsigned long, bool)",
					   "(std::vector<int, std::allocator<int> > const&)"};
	const char *space = spaces[number % 10];
	const char *type = types[number / 10 % 13];
	const char *verb = verbs[number / 130 % 14];
	const char *end = ends[number % 5];

	if (number % 11 == 3)
		return text(
			"std::vector<%s::%s, std::allocator<%s::%s> >::_M_realloc_insert"
			"<%s::%s const&>(__gnu_cxx::__normal_iterator<%s::%s*, std::vector<%s::%s,"
			" std::allocator<%s::%s> > >, %s::%s const&) [%u]",
			space, type, space, type, space, type, space, type, space, type, space,
			type, space, type, number);
	if (number % 7 == 2)
		return text("%s_%s_%u", type, verb, number);
	if (number >= 1820)
		return text("%s::%s::%s_%u%s", space, type, verb, number, end);
	return text("%s::%s::%s%s", space, type, verb, end);
}

const char *text_usual(enum text_kind kind, uint32_t number)
{
	static const char *const apis[] = {"malloc", "operator new(unsigned long)", "calloc",
					   "realloc", "operator new[](unsigned long)"};

	switch (kind) {
	case TEXT_FUNCTION:
		return usual_function(number);
	case TEXT_FILE:
		return text("/usr/src/server/src/part%u/unit_%u.cc", number % 14, number);
	case TEXT_MODULE:
		return number ? text("/usr/lib/x86_64-linux-gnu/libpart%u.so.%u", number,
				     number % 4)
			      : "/usr/sbin/server";
	case TEXT_TYPE:
		return text("storage::Record<%u>", number);
	case TEXT_API:
		return apis[number % 5];
	case TEXT_THREAD:
		return text("worker-%u", number);
	case TEXT_PROGRAM:
		return "/usr/sbin/server";
	case TEXT_ARGUMENT:
		return number ? text("--option%u=/etc/server/%u.conf", number, number) : "server";
	case TEXT_PATH:
		return text("/var/log/traces/server.%u.tenure", 1000 + number);
	case TEXT_NOTE:
		return "code without call frame information";
	case TEXT_WORD:
		return text("word-%u", number);
	case TEXT_LINE:
		return text("\t\tauto record = std::make_unique<Record<%u>>(cursor, limit);",
			    number);
	case TEXT_SENTENCE:
		break;
	}
	return text("%u of 100,000 blocks from here lived on, far older than the others got",
		    number);
}

static const char *long_text(uint32_t number)
{
	char *made = malloc(LONG_BYTES + 1);

	if (!made)
		abort();
	for (uint32_t i = 0; i < LONG_BYTES; i++)
		made[i] = "abcdefg<b>&amp;"[(i + number) % 15];
	made[LONG_BYTES] = '\0';
	return made;
}

/* Ends of elements, attributes, comments and sections; quotes; what controls terminals and the
 * direction of text; bytes that are no UTF-8: alone, cut short, overlong, surrogates, too high. */
static const char *const nasty[] = {
	"</script><img src=x onerror=alert(1)>",
	"\"><img src=x onerror='alert(2)'>",
	"' onmouseover='alert(3)' x='",
	"--><svg onload=alert(4)>",
	"<!-- <script>alert(5)//",
	"]]></style></title></textarea><iframe src=javascript:alert(6)>",
	"&lt;b&gt;&#60;b&#62;&quot;&amp;amp;",
	"\x01\x02\a\b\t\n\v\f\r\x1b[31m\x1b]0;title\a\x7f",
	"\xff\xfe\xc3(\xe2\x82\x28\xf0\x9f\x98",
	"\xed\xa0\x80\xed\xb0\x80 \xc0\xaf \xf4\x90\x80\x80",
	"\xe2\x80\xae"
	"gnp.exe\xe2\x80\x8f\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d\xe2\x81\xa6",
	"\xc2\x80\xc2\x9b"
	"31m\xe2\x80\xa8\xe2\x80\xa9\xef\xbb\xbf\xef\xbf\xbe",
	"${alert(7)} {{alert(8)}} `alert(9)` \\u003cimg src=x\\u003e \\x3cimg\\x3e",
	"javascript:alert(10)",
	"__proto__",
	"constructor",
	"%s%n%x%00 ;DROP TABLE 'a'; ../../../etc/passwd",
};

#define NASTY (sizeof nasty / sizeof *nasty)

const char *text_hostile(enum text_kind kind, uint32_t number)
{
	uint32_t which = (uint32_t)kind * 5 + number;

	/* 64 KiB: one of each kind, of frames one that is not in every stack. */
	if (number == (kind <= TEXT_MODULE ? 17 : 5))
		return long_text(number + (uint32_t)kind);
	if (number % 8 == 7)
		return nasty[which % NASTY];
	return text("%s #%u%s", nasty[which % NASTY], number, nasty[(which * 7 + 3) % NASTY]);
}
