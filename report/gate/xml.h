/* SPDX-License-Identifier: MIT */
/*
 * xml.h - text and attributes of XML 1.0 (fifth edition), of strings that may hold any bytes.
 *
 * What would end them is escaped. What XML cannot hold even escaped (most control characters, U+FFFE,
 * bytes that are no UTF-8) becomes U+FFFD. Write errors stay in the FILE for its owner.
 */
#ifndef TENURE_REPORT_GATE_XML_H
#define TENURE_REPORT_GATE_XML_H

#include <stdio.h>

/* Text of an element; its lines stay lines. */
void xml_put_text(FILE *file, const char *text);

/* ` name="value"`; lines stay lines here, too, which readers else make spaces of. */
void xml_put_attribute(FILE *file, const char *name, const char *value);

#endif
