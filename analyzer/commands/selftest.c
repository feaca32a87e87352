/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../report/json_writer.h"
#include "../../report/visible.h"
#include "../selftest/planted.h"
#include "../selftest/selftest.h"
#include "../util/message.h"
#include "commands.h"

#define STATUS_BROKEN 1

static const char *format_name;

static const struct option_spec options[] = {
	{"format", 0, OPTION_CHOICE, "text|json", &format_name, "format of what is printed"},
	{NULL, 0, OPTION_FLAG, NULL, NULL, NULL},
};

static const char *const words[] = {
	[CHECK_OK] = "ok",
	[CHECK_MISSING] = "missing",
	[CHECK_FAILED] = "failed",
	[CHECK_UNTESTED] = "untested",
};

static void put_json(const struct checks *c)
{
	struct json_writer json;

	json_init(&json, stdout);
	json_object_begin(&json, NULL);
	json_bool(&json, "passed", checks_passed(c));
	json_array_begin(&json, "checks");
	for (size_t i = 0; i < c->count; i++) {
		json_object_begin(&json, NULL);
		json_string(&json, "name", c->list[i].name);
		json_string(&json, "state", words[c->list[i].state]);
		json_string(&json, "detail", c->list[i].detail);
		json_string(&json, "meaning", c->list[i].meaning);
		json_end(&json);
	}
	json_end(&json);
	json_end(&json);
	json_finish(&json);
}

static void put_line(const struct check *check)
{
	printf("%-10s%-11s", check->state == CHECK_OK ? "OK" : words[check->state], check->name);
	visible_put(stdout, check->detail);
	if (*check->meaning) {
		fputs("; ", stdout);
		visible_put(stdout, check->meaning);
	}
	putchar('\n');
}

static void put_text(const struct checks *c)
{
	for (size_t i = 0; i < c->count; i++)
		if (message_level >= 0 || c->list[i].state == CHECK_FAILED)
			put_line(&c->list[i]);
	if (message_level >= 0)
		puts(checks_passed(c)
			     ? "\ntenure finds here what is there, and nothing else."
			     : "\ntenure does not work here: a verdict would mean nothing.");
}

static int command_main(int argc, char **argv)
{
	struct checks checks = {0};
	int status;

	if (argc) {
		error("selftest: nothing is to be given, and %s was", argv[0]);
		hint("see: tenure selftest --help");
		return STATUS_USAGE;
	}
	selftest_run(&checks);
	if (format_name && !strcmp(format_name, "json"))
		put_json(&checks);
	else
		put_text(&checks);
	status = checks_passed(&checks) ? EXIT_SUCCESS : STATUS_BROKEN;
	checks_release(&checks);
	if (ferror(stdout) || fflush(stdout)) {
		error("standard output: cannot write: %s", strerror(errno));
		status = STATUS_USAGE;
	}
	return status;
}

const struct command command_selftest = {
	.name = "selftest",
	.synopsis = "",
	.summary = "test on a program with known leaks whether tenure works here",
	.options = options,
	.run = command_main,
};

static const struct option_spec no_options[] = {
	{NULL, 0, OPTION_FLAG, NULL, NULL, NULL},
};

static int child_main(int argc, char **argv)
{
	if (!argc) {
		error("selftest-child is for tenure selftest");
		return STATUS_USAGE;
	}
	return planted_play(argv[0], argc > 1 ? argv[1] : NULL);
}

const struct command command_selftest_child = {
	.name = "selftest-child",
	.synopsis = "ROLE [TENURE]",
	.summary = "lose memory for tenure selftest",
	.options = no_options,
	.run = child_main,
};
