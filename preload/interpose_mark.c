/* SPDX-License-Identifier: MIT */
/*
 * What a program tells us of itself through tenure.h: the one function that stands in front of no
 * other.
 */
#include "interpose.h"
#include "record.h"

/* As tenure.h declares it under another name, since there it is a wrapper's. */
void tenure_mark(const char *name);

PUBLIC void tenure_mark(const char *name)
{
	if (record_wanted())
		record_mark(name ? name : "");
}
