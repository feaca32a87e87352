/* SPDX-License-Identifier: MIT */
/*
 * What the recipes test: sessions that are opened and closed. With "forget" on the command line, the
 * path of one in ten misses the release: the test passes, and the gate says what it left behind.
 */
#include <stdlib.h>
#include <string.h>

struct session {
	char *name;
	int number;
};

static struct session *session_open(const char *name, int number)
{
	struct session *session = malloc(sizeof *session);

	session->name = strdup(name);
	session->number = number;
	return session;
}

static void session_close(struct session *session)
{
	free(session->name);
	free(session);
}

int main(int argc, char **argv)
{
	int forget = argc > 1 && !strcmp(argv[1], "forget");
	int sum = 0;

	for (int i = 0; i < 500; i++) {
		struct session *session = session_open("somebody", i);

		sum += session->number;
		if (forget && i % 10 == 0)
			continue; /* an early return */
		session_close(session);
	}
	return sum == 124750 ? 0 : 1;
}
