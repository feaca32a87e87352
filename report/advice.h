/* SPDX-License-Identifier: MIT */
/*
 * advice.h - what to do about a site: where to look next, and how to suppress it.
 *
 * Follows from the verdict and the numbers of the site; concludes nothing that is not in them.
 */
#ifndef TENURE_ADVICE_H
#define TENURE_ADVICE_H

#include <stdbool.h>
#include <stdio.h>

#include "../analyzer/model.h"

/* One or two sentences. */
void advice_put(FILE *file, const struct model *model, const struct model_site *site);

/* A sentence, where other lines of a program in Python may have made what is live; else nothing, and false. */
bool advice_put_reuse(FILE *file, const struct model_site *site);

/* A line in the format of LeakSanitizer's suppressions: "leak:function". The site has a stack. */
void advice_put_suppression(FILE *file, const struct model_site *site);

#endif
