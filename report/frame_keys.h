/* SPDX-License-Identifier: MIT */
/*
 * frame_keys.h - numbers for frames of a model.
 */
#ifndef TENURE_REPORT_FRAME_KEYS_H
#define TENURE_REPORT_FRAME_KEYS_H

#include "../analyzer/model.h"
#include "../analyzer/util/numbering.h"

/* Cheap: the strings of a model stay where they are, so addresses are compared, not names; frames of
 * different numbers may still look the same when written. */
uint32_t frame_keys_find(struct numbering *n, const struct model_frame *frame, bool *fresh);

#endif
