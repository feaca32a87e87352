/* SPDX-License-Identifier: MIT */
/*
 * sources.h - lines of source files around the ones that frames are at.
 *
 * Which file that is says debug information, and of which module, a trace: neither is to be trusted,
 * see texts.h. A relative path is looked for in the folder of the module and nowhere else. The same
 * place of the same file is the same struct model_source, which belongs to the arena, with its
 * strings; when 64 MiB of lines were given out, other places have none.
 */
#ifndef TENURE_SYMBOLS_SOURCES_H
#define TENURE_SYMBOLS_SOURCES_H

#include <stdint.h>

#include "../model.h"
#include "../util/arena.h"

struct sources;

/* The arena must outlive it. */
struct sources *sources_new(struct arena *arena);
void sources_free(struct sources *s); /* NULL is fine */

/* Up to three lines before and behind a line, from 1, of a file that `module` was built from; each cut
 * at 300 bytes. NULL if it is not to be had. */
const struct model_source *sources_find(struct sources *s, const char *module, const char *file,
					uint32_t line);

#endif
