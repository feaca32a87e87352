/* SPDX-License-Identifier: MIT */
/*
 * savings.h - what a program in Python could do to need less memory, with the numbers that speak for it.
 *
 * Each rule has its threshold in one table, savings.c: how much there must be of a thing, how much it
 * must save, and which part of the whole that must be. Below it nothing is said.
 */
#ifndef TENURE_SAVINGS_H
#define TENURE_SAVINGS_H

#include "buffers.h"
#include "sites.h"

/* Fills in the savings of a model that has its sites. buffers: of the same replay. */
void savings_build(struct model *model, const struct sites *sites, const struct buffers *buffers);

#endif
