/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands/commands.h"
#include "util/message.h"

#define VERSION "0.1.0"

static const struct command *const commands[] = {
	&command_run,	 &command_report, &command_check,    &command_diff,	&command_merge,
	&command_export, &command_info,	  &command_snapshot, &command_selftest,
};

static void print_help(FILE *file)
{
	fputs("usage: tenure COMMAND [options] ...\n"
	      "       tenure PROGRAM [ARGS]\n"
	      "Which memory outlives its purpose, who asked for it, and what still holds it.\n\n",
	      file);
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		fprintf(file, "  %-10s%s\n", commands[i]->name, commands[i]->summary);
	fputs("\n  -h, --help  print this help\n"
	      "  --version   print the version\n"
	      "\nWith a program alone: run it, then print a summary.\n"
	      "tenure COMMAND --help tells the options of a command.\n",
	      file);
}

static const struct command *find_command(const char *name)
{
	/* Not for people. */
	if (!strcmp(name, command_collect.name))
		return &command_collect;
	if (!strcmp(name, command_selftest_child.name))
		return &command_selftest_child;
	for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
		if (!strcmp(commands[i]->name, name))
			return commands[i];
	return NULL;
}

static int run_command(const struct command *command, int argc, char **argv)
{
	int used;

	if (command == &command_run)
		message_fatal_status = STATUS_TOOL_FAILED;
	used = options_parse(command, argc, argv);
	if (used < 0)
		return message_fatal_status;
	return command->run(argc - used, argv + used);
}

static int print_help_for(const char *name)
{
	const struct command *command = name ? find_command(name) : NULL;

	if (command) {
		options_print_help(command);
		return EXIT_SUCCESS;
	}
	if (!name) {
		print_help(stdout);
		return EXIT_SUCCESS;
	}
	error("there is no command %s", name);
	hint("tenure --help lists the commands");
	return STATUS_USAGE;
}

int main(int argc, char **argv)
{
	const struct command *command;

	if (argc < 2) {
		print_help(stderr);
		return STATUS_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))
		return print_help_for(NULL);
	if (!strcmp(argv[1], "help"))
		return print_help_for(argc > 2 ? argv[2] : NULL);
	if (!strcmp(argv[1], "--version")) {
		puts("tenure " VERSION);
		return EXIT_SUCCESS;
	}
	if (!strcmp(argv[1], "--"))
		return run_with_summary(argc - 2, argv + 2);
	if (argv[1][0] == '-') {
		error("unknown option %s", argv[1]);
		hint("see: tenure --help");
		return STATUS_USAGE;
	}
	command = find_command(argv[1]);
	if (command)
		return run_command(command, argc - 1, argv + 1);
	return run_with_summary(argc - 1, argv + 1);
}
