/* SPDX-License-Identifier: MIT */
/*
 * options.h - one table of options per command yields parsing, --help, completion and the
 * comparison with the man page.
 *
 * Long options are --name or --name=value (--name value is accepted too); parsing stops at
 * "--", and at the first operand unless the command takes options after those, too. Values are stored through the pointers of the table.
 */
#ifndef TENURE_OPTIONS_H
#define TENURE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum option_kind {
	OPTION_FLAG, /* bool: set to true */
	OPTION_STRING, /* const char *: points into argv */
	OPTION_COUNT, /* uint64_t: plain decimal number */
	OPTION_BYTES, /* uint64_t: number with optional K, M, G, KiB, MiB, GiB (powers of 1024) */
	OPTION_DURATION, /* uint64_t nanoseconds: number with ns, us, ms, s, m, h; plain is seconds */
	OPTION_CHOICE, /* const char *: one of the words in `argument`, separated by | */
	OPTION_LIST, /* struct option_list: may be given several times */
};

struct option_list {
	const char **items; /* point into argv; never freed */
	uint32_t count;

	/* Own */
	size_t capacity;
};

struct option_spec {
	const char *name; /* without dashes */
	char letter; /* 0: none */
	enum option_kind kind;
	const char *argument; /* shown in help; the words of OPTION_CHOICE; NULL for flags */
	void *value;
	const char *help; /* one line, no full stop */
};

/* A subcommand of tenure: the whole of what main.c, --help and completion know about it. */
struct command {
	const char *name;
	const char *synopsis; /* what follows the options, e.g. "[--] PROGRAM [ARGS]" */
	const char *summary; /* one line, no full stop */
	const struct option_spec *options; /* ended by an entry with name NULL */
	/* argc and argv without the options; argv[0] is the first operand. Returns exit status. */
	int (*run)(int argc, char **argv);
	bool operands_first; /* options may stand behind operands, too */
};

/*
 * Parses argv[1..]. On success returns the number of arguments consumed (operands start at
 * argv[result]). On a wrong option prints one error line and one hint and returns -1. On --help
 * prints help on stdout and exits 0. Operands before options are moved behind them. -q, -v, --color are understood for every command.
 */
int options_parse(const struct command *command, int argc, char **argv);

/* Whether operands of the command line that was parsed stand behind "--". */
bool options_had_dashes(void);

/* Whether output to fd should be coloured: as --color says, else not under NO_COLOR, else if fd is
 * a terminal. */
bool options_color(int fd);

void options_print_help(const struct command *command);

/* Parse single values as the kinds above do; false if text is not wholly a number of the kind. */
bool options_parse_bytes(const char *text, uint64_t *bytes);
bool options_parse_duration(const char *text, uint64_t *ns);

#endif
