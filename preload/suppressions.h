/* SPDX-License-Identifier: MIT */
/*
 * suppressions.h - a program prepared for LeakSanitizer may carry its suppressions in itself, as what
 * its function __lsan_default_suppressions returns. It is called once, at the end, and its answer goes
 * into the recording.
 */
#ifndef TENURE_SUPPRESSIONS_H
#define TENURE_SUPPRESSIONS_H

/* Only where the region is the process's own, and before its end is told. */
void suppressions_note(void);

#endif
