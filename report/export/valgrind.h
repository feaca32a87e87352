/* SPDX-License-Identifier: MIT */
/*
 * valgrind.h - what formats of Valgrind's tools have in common.
 */
#ifndef TENURE_REPORT_EXPORT_VALGRIND_H
#define TENURE_REPORT_EXPORT_VALGRIND_H

#include "../../analyzer/model.h"

/* A frame as Valgrind's tools describe one: "0x401136: function (file:line)", or "(in module)" without
 * a line. The address is the link-time one. Raw text that you own. */
char *valgrind_describe(const struct model_frame *frame);

/* The command line, or the program if that is not known. Raw text that you own. */
char *valgrind_command(const struct model_run *run);

#endif
