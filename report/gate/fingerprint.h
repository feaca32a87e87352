/* SPDX-License-Identifier: MIT */
/*
 * fingerprint.h - by what services recognise a finding that they were told of before.
 *
 * The same in every run and build as long as the finding has a key: see model_gate_finding. Services
 * drop what comes twice, so those that must be unique are made so.
 */
#ifndef TENURE_REPORT_GATE_FINGERPRINT_H
#define TENURE_REPORT_GATE_FINGERPRINT_H

#include "../../analyzer/model_gate.h"
#include "../../analyzer/util/numbering.h"

struct fingerprint {
	char text[40]; /* hexadecimal digits */
};

/* Of the stack alone: the key without its version, or of rule and program where there is no key. */
struct fingerprint fingerprint_of_stack(const struct model_gate_finding *finding);

/* Of rule, program and stack; no two the same that were numbered by *seen, which begins as zeros. */
struct fingerprint fingerprint_unique(struct numbering *seen,
				      const struct model_gate_finding *finding);

#endif
