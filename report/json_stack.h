/* SPDX-License-Identifier: MIT */
/*
 * json_stack.h - call stacks as every JSON format of ours has them, see "Frames" in
 * man/tenure-json.5.
 */
#ifndef TENURE_JSON_STACK_H
#define TENURE_JSON_STACK_H

#include "../analyzer/model.h"
#include "json_writer.h"

void json_stack_put(struct json_writer *w, const char *key, const struct model_stack *stack);

#endif
