/* SPDX-License-Identifier: MIT */
/* arenas.h - the model's part about arenas of allocators that tell of them. Private to heap.c. */
#ifndef TENURE_ARENAS_H
#define TENURE_ARENAS_H

#include "../model.h"
#include "../util/arena.h"
#include "pools.h"
#include "replay.h"

/* ids: model_site.id by stack id. */
void arenas_build(struct model_arenas *to, struct arena *memory, const struct pools *pools,
		  const struct replay *replay, const uint32_t *ids);

#endif
