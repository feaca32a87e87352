/* SPDX-License-Identifier: MIT */
#include "artefacts.h"

#include <errno.h>
#include <string.h>

#include "../util/message.h"
#include "output.h"

void artefacts_add(struct artefacts *a, const struct gate_format *format, const char *path,
		   bool append)
{
	if (path)
		a->list[a->count++] = (struct artefact){format, path, NULL, append};
}

int artefacts_open(struct artefacts *a)
{
	for (unsigned i = 0; i < a->count; i++) {
		struct artefact *one = &a->list[i];

		if (output_check(one->path) != 0)
			return -1;
		one->file = fopen(one->path, one->append ? "ae" : "we");
		if (!one->file)
			return error("%s: %s", one->path, strerror(errno));
	}
	return 0;
}

int artefacts_write(struct artefacts *a, const struct model_gate *gate,
		    const struct report_options *options)
{
	int result = 0;

	for (unsigned i = 0; i < a->count; i++) {
		struct artefact *one = &a->list[i];

		one->format->write(gate, options, one->file);
		if (!output_close(one->file, one->path))
			result = -1;
	}
	return result;
}
