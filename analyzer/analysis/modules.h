/* SPDX-License-Identifier: MIT */
/*
 * modules.h - the files of code that a run loaded, as the model lists them. Private to build.c.
 */
#ifndef TENURE_MODULES_H
#define TENURE_MODULES_H

#include "../model.h"
#include "../trace/reader.h"
#include "../util/arena.h"

/* Of a path that was loaded more than once, the last build-id; code outside any file is left out. */
void modules_build(struct model *model, struct arena *arena, const struct reader *reader);

#endif
