/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "array.h"
#include "message.h"

#define HELP_COLUMN 28
#define FRACTION_DIGITS 9

static const char *color = "auto";
static bool quiet, talkative, help;
static bool had_dashes;

/* Understood by every command. */
static const struct option_spec common[] = {
	{"quiet", 'q', OPTION_FLAG, NULL, &quiet, "print errors only"},
	{"verbose", 'v', OPTION_FLAG, NULL, &talkative, "print more about what is done"},
	{"color", 0, OPTION_CHOICE, "auto|always|never", &color, "colours in the output"},
	{"help", 'h', OPTION_FLAG, NULL, &help, "print this help"},
	{NULL, 0, OPTION_FLAG, NULL, NULL, NULL},
};

struct unit {
	const char *name;
	uint64_t factor;
};

static const struct unit byte_units[] = {
	{"", 1},	   {"B", 1},
	{"K", 1ull << 10}, {"KiB", 1ull << 10},
	{"M", 1ull << 20}, {"MiB", 1ull << 20},
	{"G", 1ull << 30}, {"GiB", 1ull << 30},
	{NULL, 0},
};

static const struct unit duration_units[] = {
	{"", 1000000000u},  {"ns", 1},		 {"us", 1000},		{"ms", 1000000},
	{"s", 1000000000u}, {"m", 60000000000u}, {"h", 3600000000000u}, {NULL, 0},
};

bool options_had_dashes(void)
{
	return had_dashes;
}

bool options_color(int fd)
{
	const char *no_color = getenv("NO_COLOR");

	if (strcmp(color, "auto"))
		return !strcmp(color, "always");
	return !(no_color && *no_color) && isatty(fd);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Reads digits; *end is set behind them. False if there are none or too many. */
static bool parse_digits(const char *text, uint64_t *number, const char **end)
{
	const char *s = text;

	for (*number = 0; is_digit(*s); s++)
		if (__builtin_mul_overflow(*number, 10u, number) ||
		    __builtin_add_overflow(*number, (uint64_t)(*s - '0'), number))
			return false;
	*end = s;
	return s > text;
}

static bool parse_count(const char *text, uint64_t *count)
{
	const char *end;

	return parse_digits(text, count, &end) && !*end;
}

/* A decimal number, maybe with a fraction, and a unit; what is less than 1 is cut off. */
static bool parse_with_unit(const char *text, const struct unit *units, uint64_t *result)
{
	uint64_t whole, fraction = 0, scale = 1;
	const char *end;

	if (!parse_digits(text, &whole, &end))
		return false;
	if (*end == '.') {
		if (!is_digit(*++end))
			return false;
		for (int digits = 0; is_digit(*end); end++, digits++) {
			if (digits >= FRACTION_DIGITS)
				continue;
			fraction = fraction * 10 + (uint64_t)(*end - '0');
			scale *= 10;
		}
	}
	while (units->name && strcmp(units->name, end))
		units++;
	if (!units->name || __builtin_mul_overflow(whole, units->factor, &whole))
		return false;
	fraction = (uint64_t)((unsigned __int128)fraction * units->factor / scale);
	return !__builtin_add_overflow(whole, fraction, result);
}

bool options_parse_bytes(const char *text, uint64_t *bytes)
{
	return parse_with_unit(text, byte_units, bytes);
}

bool options_parse_duration(const char *text, uint64_t *ns)
{
	return parse_with_unit(text, duration_units, ns);
}

/* Whether value is one of the words in "one|two|three". */
static bool is_choice(const char *words, const char *value)
{
	size_t length = strlen(value);

	while (*words) {
		size_t word = strcspn(words, "|");

		if (word == length && !memcmp(words, value, length))
			return true;
		words += word + (words[word] == '|');
	}
	return false;
}

static void add_item(struct option_list *list, const char *value)
{
	ARRAY_GROW(list->items, list->count + 1, list->capacity);
	list->items[list->count++] = value;
}

static int store(const struct option_spec *option, const char *value)
{
	switch (option->kind) {
	case OPTION_FLAG:
		*(bool *)option->value = true;
		return 0;
	case OPTION_STRING:
		*(const char **)option->value = value;
		return 0;
	case OPTION_COUNT:
		if (parse_count(value, option->value))
			return 0;
		return error("--%s: '%s' is not a number", option->name, value);
	case OPTION_BYTES:
		if (options_parse_bytes(value, option->value))
			return 0;
		return error("--%s: '%s' is not a size, such as 4096, 64K or 1.5GiB", option->name,
			     value);
	case OPTION_DURATION:
		if (options_parse_duration(value, option->value))
			return 0;
		return error("--%s: '%s' is not a time, such as 10, 500ms or 1.5h", option->name,
			     value);
	case OPTION_CHOICE:
		if (!is_choice(option->argument, value))
			return error("--%s: '%s' is none of %s", option->name, value,
				     option->argument);
		*(const char **)option->value = value;
		return 0;
	case OPTION_LIST:
		add_item(option->value, value);
		return 0;
	}
	return -1;
}

static const struct option_spec *find_long(const struct option_spec *table, const char *name,
					   size_t length)
{
	for (; table->name; table++)
		if (strlen(table->name) == length && !memcmp(table->name, name, length))
			return table;
	return NULL;
}

static const struct option_spec *find_letter(const struct option_spec *table, char letter)
{
	for (; table->name; table++)
		if (table->letter == letter)
			return table;
	return NULL;
}

/* "--name", "--name=value" or "--name value"; returns the arguments consumed, 0 for an error. */
static int parse_long(const struct command *command, int left, char **argv)
{
	const char *name = argv[0] + 2;
	size_t length = strcspn(name, "=");
	const struct option_spec *option = find_long(command->options, name, length);
	const char *value = name[length] ? name + length + 1 : NULL;
	int used = 1;

	if (!option)
		option = find_long(common, name, length);
	if (!option) {
		error("%s: unknown option --%.*s", command->name, (int)length, name);
		return 0;
	}
	if (option->kind == OPTION_FLAG && value) {
		error("--%s takes no value", option->name);
		return 0;
	}
	if (option->kind != OPTION_FLAG && !value) {
		if (left < 2) {
			error("--%s needs a value: %s", option->name, option->argument);
			return 0;
		}
		value = argv[1];
		used = 2;
	}
	return store(option, value) == 0 ? used : 0;
}

/* "-q", "-qv", "-oFILE" or "-o FILE"; as parse_long. */
static int parse_letters(const struct command *command, int left, char **argv)
{
	for (const char *s = argv[0] + 1; *s; s++) {
		const struct option_spec *option = find_letter(command->options, *s);

		if (!option)
			option = find_letter(common, *s);
		if (!option) {
			error("%s: unknown option -%c", command->name, *s);
			return 0;
		}
		if (option->kind == OPTION_FLAG) {
			store(option, NULL);
			continue;
		}
		if (s[1])
			return store(option, s + 1) == 0 ? 1 : 0;
		if (left < 2) {
			error("-%c needs a value: %s", *s, option->argument);
			return 0;
		}
		return store(option, argv[1]) == 0 ? 2 : 0;
	}
	return 1;
}

int options_parse(const struct command *command, int argc, char **argv)
{
	int operands = 0;
	int at = 1;

	had_dashes = false;

	while (at < argc) {
		int used;

		if (argv[at][0] != '-' || !argv[at][1]) {
			if (!command->operands_first)
				break;
			argv[1 + operands++] = argv[at++];
			continue;
		}
		if (!strcmp(argv[at], "--")) {
			had_dashes = true;
			at++;
			break;
		}
		if (argv[at][1] == '-')
			used = parse_long(command, argc - at, argv + at);
		else
			used = parse_letters(command, argc - at, argv + at);
		if (!used) {
			hint("see: tenure %s --help", command->name);
			return -1;
		}
		at += used;
	}
	if (help) {
		options_print_help(command);
		exit(EXIT_SUCCESS);
	}
	if (quiet)
		message_level = -1;
	else if (talkative)
		message_level = 1;
	memmove(argv + at - operands, argv + 1, (size_t)operands * sizeof *argv);
	return at - operands;
}

static void print_option(const struct option_spec *option)
{
	char left[128];
	int length;

	length = option->letter ? snprintf(left, sizeof left, "  -%c, ", option->letter)
				: snprintf(left, sizeof left, "      ");
	snprintf(left + length, sizeof left - (size_t)length, "--%s%s%s", option->name,
		 option->argument ? "=" : "", option->argument ? option->argument : "");
	if (strlen(left) < HELP_COLUMN)
		printf("%-*s%s\n", HELP_COLUMN, left, option->help);
	else
		printf("%s\n%*s%s\n", left, HELP_COLUMN, "", option->help);
}

void options_print_help(const struct command *command)
{
	printf("usage: tenure %s [options] %s\n", command->name, command->synopsis);
	printf("%s\n\noptions:\n", command->summary);
	for (const struct option_spec *option = command->options; option->name; option++)
		print_option(option);
	for (const struct option_spec *option = common; option->name; option++)
		print_option(option);
}
