/* SPDX-License-Identifier: MIT */
/*
 * numbering.h - numbers for frames of the model, by the numbering of analyzer/util.
 */
#ifndef TENURE_REPORT_NUMBERING_H
#define TENURE_REPORT_NUMBERING_H

#include "../analyzer/model.h"
#include "../analyzer/util/numbering.h"

/* Cheap: the strings of a model stay where they are, so addresses are compared, not names; frames of
 * different numbers may still look the same when written. */
uint32_t numbering_find_frame(struct numbering *n, const struct model_frame *frame, bool *fresh);

#endif
