/* SPDX-License-Identifier: MIT */
/*
 * rules.h - what readers of a gate's result are told about its rules, and how grave a finding is.
 *
 * The same words in every format. Ids are for scripts and services that keep what they were
 * told last time: they never change.
 */
#ifndef TENURE_REPORT_GATE_RULES_H
#define TENURE_REPORT_GATE_RULES_H

#include <stdbool.h>

#include "../../analyzer/model_gate.h"

struct rule {
	const char *id; /* "tenure/double-free" */
	const char *title; /* "DoubleFree" */
	const char *summary; /* what it is: a few words without an end */
	const char *description; /* when it is told, in sentences of 1,024 characters at most */
	const char *help; /* what to do about it: plain text, a paragraph a line */
	const char *precision; /* how often it is right, in GitHub's words */
	const char *tags[5]; /* ended by NULL */
	enum severity severity; /* of findings that fail, unless their confidence says otherwise */
};

extern const struct rule rules[GATE_RULES];

/* SEVERITY_NOTE of findings that do not fail. */
enum severity rules_severity(const struct model_gate_finding *finding);

bool rules_is_release(enum gate_rule rule); /* about errors in releasing */
bool rules_is_budget(enum gate_rule rule); /* about a whole process, without a site */

#endif
