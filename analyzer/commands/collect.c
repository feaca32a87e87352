/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "../record/collector.h"
#include "../record/launcher.h"
#include "../util/message.h"
#include "commands.h"

static uint64_t socket_fd = UINT64_MAX;
static const char *output;

static const struct option_spec options[] = {
	{"socket-fd", 0, OPTION_COUNT, "N", &socket_fd, "descriptor of the bound socket"},
	{"output", 'o', OPTION_STRING, "PATTERN", &output, "name of the traces"},
	{NULL, 0, OPTION_FLAG, NULL, NULL, NULL},
};

/* A pipe of the program's that we kept open would keep its reader waiting; a signal to its process
 * group or service is not meant for its record. */
static void detach(int kept_fd)
{
	static const int ignored[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGXFSZ};
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int fd = 0; fd < 3; fd++)
		if (null < 0 || dup2(null, fd) < 0)
			close(fd);
	if (kept_fd > 3)
		close_range(3, (unsigned)kept_fd - 1, 0);
	close_range((unsigned)kept_fd + 1, ~0u, 0);
	setsid();
	for (size_t i = 0; i < sizeof ignored / sizeof *ignored; i++)
		signal(ignored[i], SIG_IGN);
}

static int command_main(int argc, char **argv)
{
	struct collector *collector;
	struct trace_name name;

	if (argc || socket_fd < 3 || socket_fd > INT32_MAX) {
		error("collect is for libtenure.so%s%s", argc ? ": " : "", argc ? argv[0] : "");
		return STATUS_USAGE;
	}
	detach((int)socket_fd);
	launcher_raise_descriptor_limit();
	if (trace_name_init(&name, output, false) != 0)
		return STATUS_USAGE;
	collector = collector_new((int)socket_fd, &name);
	if (!collector)
		return EXIT_FAILURE;
	collector_run(collector, -1);
	collector_free(collector);
	trace_name_release(&name);
	return EXIT_SUCCESS;
}

const struct command command_collect = {
	.name = "collect",
	.synopsis = "",
	.summary = "collect for a program that was started without the launcher",
	.options = options,
	.run = command_main,
};
