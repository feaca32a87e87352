/* SPDX-License-Identifier: MIT */
#include "look.h"

struct look look_for(const struct report_options *options)
{
	bool color = options->color;
	struct look look = {
		.bold = color ? "\033[1m" : "",
		.red = color ? "\033[1;31m" : "",
		.yellow = color ? "\033[33m" : "",
		.dim = color ? "\033[2m" : "",
		.plain = color ? "\033[0m" : "",
	};

	look.stack = (struct stack_style){
		.indent = "      ",
		.dim = look.dim,
		.plain = look.plain,
		.columns = LOOK_COLUMNS,
		.all_frames = options->all_frames,
	};
	return look;
}
