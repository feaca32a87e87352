/* SPDX-License-Identifier: MIT */
/*
 * info_events.h - `tenure info --events`: the events of a trace as lines for people and tests.
 *
 * One line per event in order of stamps, key=value, separated by single spaces, always in this
 * order; a key that says nothing for its event is left out:
 *
 *	ns=N thread=N kind=WORD api=WORD address=0xH size=N stack=N errno=N injected=1 flags=0xH
 *	frames=FRAME,FRAME...
 *
 * ns counts from the program's start. thread and stack are the trace's own numbers. A FRAME,
 * innermost first, is module+0xoffset, the base name of a module, or a word in angle brackets for
 * what is not code; bytes other than printable ASCII, and commas and spaces, appear as \xNN. With
 * names asked for, every frame follows on a line of its own that begins with a tab.
 */
#ifndef TENURE_INFO_EVENTS_H
#define TENURE_INFO_EVENTS_H

#include <stdbool.h>
#include <stdio.h>

#include "../trace/reader.h"

/* From the reader's next event to its last. Write errors stay in the file. */
void info_events_put(struct reader *reader, bool names, FILE *file);

#endif
