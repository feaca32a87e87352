/* SPDX-License-Identifier: MIT */
/* In place of sqlite.c and its parts, where they cannot be built. */
#include "export.h"

const struct export_format export_sqlite = {
	.name = "sqlite",
	.extension = ".sqlite",
	.binary = true,
	.absent = "SQLite was not there when tenure was built",
};
