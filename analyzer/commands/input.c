/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "input.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../util/array.h"

#define PART_BYTES 65536u

char *input_read(const char *path, size_t *bytes)
{
	FILE *file = fopen(path, "re");
	size_t capacity = 0, got;
	char *text = NULL;
	int problem;

	*bytes = 0;
	if (!file)
		return NULL;
	do {
		ARRAY_GROW(text, *bytes + PART_BYTES, capacity);
		got = fread(text + *bytes, 1, PART_BYTES, file);
		*bytes += got;
	} while (got);
	problem = ferror(file) ? errno : 0;
	fclose(file);
	if (problem) {
		free(text);
		errno = problem;
		return NULL;
	}
	return text;
}

char *input_project_root(void)
{
	char *folder = get_current_dir_name();
	char *root = folder ? strdup(folder) : NULL;

	while (root && *root) {
		char *mark;
		bool found;

		if (asprintf(&mark, "%s/.git", root) < 0)
			break;
		found = access(mark, F_OK) == 0;
		free(mark);
		if (found) {
			free(folder);
			return root;
		}
		*strrchr(root, '/') = '\0';
	}
	free(root);
	return folder;
}
