/* SPDX-License-Identifier: MIT */
/*
 * location.h - where in the project a finding is, for readers that show sources.
 *
 * That is the innermost frame of the program's own whose source lies below the root of the project:
 * of the wrong release if there is one, else of the allocation. Paths are told from the root, with no
 * "." or ".." in them, and never lead out of it. Judges by names alone and looks at no file.
 */
#ifndef TENURE_REPORT_GATE_LOCATION_H
#define TENURE_REPORT_GATE_LOCATION_H

#include <stdbool.h>

#include "../../analyzer/model_gate.h"

struct location {
	const struct model_stack *stack; /* that it is in; NULL if the finding has none */
	const struct model_frame *frame; /* the program's own; NULL without a stack */
	char *path; /* of the frame's source, from the root; NULL: it is not in the project */
	uint32_t line; /* 0 if unknown */
	const char *module; /* that it is in, a path; else the program, by path or by name */
	char *module_path; /* the same from the root; from that of the system if not in the project */
	bool module_inside; /* in the project */
};

/* End with location_release. */
void location_find(struct location *location, const struct model_gate *gate,
		   const struct model_gate_finding *finding);
void location_release(struct location *location);

/* A path from the root in memory that you own; NULL if it is not in the project or nothing is left
 * of it. Relative ones are taken to begin at the root. */
char *location_path(const char *path, const char *root);

/* The same of the source of a frame. A relative path counts only in code that is the project's own,
 * as far as its module tells: distributions, too, build with -ffile-prefix-map. */
char *location_source(const struct model_frame *frame, const char *root);

/* Without "." and "..", and without a slash in front, in memory that you own. */
char *location_cleaned(const char *path);

/* "libx.so+0x12ab", for frames without a function or source; in `bytes` bytes. */
void location_offset(const struct model_frame *frame, char *text, size_t bytes);

#endif
