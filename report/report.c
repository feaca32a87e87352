/* SPDX-License-Identifier: MIT */
#include "report.h"

#include <stddef.h>
#include <string.h>

const struct report_format *const report_formats[] = {
	&report_text, &report_json, &report_markdown, &report_html, NULL,
};

const struct report_format *report_by_name(const char *name)
{
	for (size_t i = 0; report_formats[i]; i++)
		if (!strcmp(report_formats[i]->name, name))
			return report_formats[i];
	return NULL;
}

const struct report_format *report_by_extension(const char *extension)
{
	for (size_t i = 0; report_formats[i]; i++)
		if (!strcmp(report_formats[i]->extension, extension))
			return report_formats[i];
	return NULL;
}
