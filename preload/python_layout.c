/* SPDX-License-Identifier: MIT */
#include "python_layout.h"

#include <stddef.h>
#include <string.h>

#include "elf_lookup.h"
#include "settings.h"

#define MAJOR 3
#define RELEASED 0xf /* in sys.hexversion; below it are alpha, beta and candidates */

/* clang-format off */
static const struct python_layout layouts[] = {
	{.minor = 8, .head = 24, .hop = -1,
	 .previous = 24, .code = 32, .moment = 104, .moment_kind = PYTHON_MOMENT_BYTES,
	 .file = 104, .name = 112, .first_line = 40, .line_table = 120,
	 .lines = PYTHON_LINES_LNOTAB, .ascii = 48, .wide = 72, .generations = 368},
	{.minor = 9, .head = 24, .hop = -1,
	 .previous = 24, .code = 32, .moment = 104, .moment_kind = PYTHON_MOMENT_BYTES,
	 .file = 104, .name = 112, .first_line = 40, .line_table = 120,
	 .lines = PYTHON_LINES_LNOTAB, .ascii = 48, .wide = 72, .generations = 640},
	{.minor = 10, .head = 24, .hop = -1,
	 .previous = 24, .code = 32, .moment = 96, .moment_kind = PYTHON_MOMENT_UNITS,
	 .file = 104, .name = 112, .first_line = 40, .line_table = 120,
	 .lines = PYTHON_LINES_310, .ascii = 48, .wide = 72, .generations = 640},
	{.minor = 11, .head = 56, .hop = 8,
	 .previous = 48, .code = 32, .moment = 56, .moment_kind = PYTHON_MOMENT_POINTER,
	 .owner = 69, .shim_first = 255, .shim_last = 255, .entry = 68,
	 .file = 112, .name = 128, .first_line = 72, .line_table = 136, .instructions = 184,
	 .lines = PYTHON_LINES_LOCATIONS, .ascii = 48, .wide = 72, .generations = 672},
	{.minor = 12, .head = 56, .hop = 0,
	 .previous = 8, .code = 0, .moment = 56, .moment_kind = PYTHON_MOMENT_POINTER,
	 .owner = 70, .shim_first = 3, .shim_last = 3,
	 .file = 112, .name = 128, .first_line = 68, .line_table = 136, .instructions = 192,
	 .lines = PYTHON_LINES_LOCATIONS, .ascii = 40, .wide = 56, .generations = 136},
	{.minor = 13, .head = 72, .hop = -1,
	 .previous = 8, .code = 0, .moment = 56, .moment_kind = PYTHON_MOMENT_POINTER,
	 .owner = 70, .shim_first = 3, .shim_last = 3,
	 .file = 112, .name = 128, .first_line = 68, .line_table = 136, .instructions = 200,
	 .lines = PYTHON_LINES_LOCATIONS, .ascii = 40, .wide = 56, .generations = 7424},
	{.minor = 14, .head = 72, .hop = -1,
	 .previous = 8, .code = 0, .moment = 56, .moment_kind = PYTHON_MOMENT_POINTER,
	 .owner = 74, .shim_first = 3, .shim_last = 254,
	 .file = 112, .name = 128, .first_line = 68, .line_table = 136, .instructions = 208,
	 .lines = PYTHON_LINES_LOCATIONS, .ascii = 40, .wide = 56},
	{.minor = 15, .head = 72, .hop = -1,
	 .previous = 8, .code = 0, .moment = 56, .moment_kind = PYTHON_MOMENT_POINTER,
	 .owner = 74, .shim_first = 3, .shim_last = 254,
	 .file = 112, .name = 128, .first_line = 68, .line_table = 136, .instructions = 208,
	 .lines = PYTHON_LINES_LOCATIONS, .ascii = 40, .wide = 56},
};
/* clang-format on */

/* Before 3.11 there is only the text of sys.version. */
uint32_t python_layout_version(uint64_t module)
{
	struct elf_symbol symbol;
	uint32_t parts[3] = {0};
	const char *text;

	if (elf_lookup("Py_Version", module, &symbol) && symbol.bytes >= 4)
		return (uint32_t) * (const unsigned long *)symbol.address;
	if (!elf_lookup("Py_GetVersion", module, &symbol))
		return 0;
	text = ((const char *(*)(void))symbol.address)();
	for (int i = 0; i < 3; i++) {
		parts[i] = (uint32_t)settings_number(text, &text);
		text += *text == '.';
	}
	/* "3.9.1+" and "3.9.1 (...)" are released, "3.9.1rc1" is not. */
	return parts[0] << 24 | parts[1] << 16 | parts[2] << 8 |
	       (*text == ' ' || *text == '+' ? 0xf0 : 0);
}

const struct python_layout *python_layout_of(uint32_t version)
{
	if (version >> 24 != MAJOR || (version >> 4 & 0xf) != RELEASED)
		return NULL;
	for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++)
		if (layouts[i].minor == (version >> 16 & 0xff))
			return &layouts[i];
	return NULL;
}

/* The beginning of _Py_DebugOffsets. */
struct description {
	char cookie[8];
	uint64_t version;
	uint64_t free_threaded;
};
#define FIRST_DESCRIBED 13

static bool describes(const struct description *description)
{
	return description && !memcmp(description->cookie, "xdebugpy", 8);
}

bool python_layout_agrees(const struct python_layout *layout, uint32_t version, const void *runtime)
{
	const struct description *description = runtime;

	if (layout->minor < FIRST_DESCRIBED)
		return true;
	return describes(description) && description->version == version &&
	       !description->free_threaded;
}

bool python_layout_is_free_threaded(const void *runtime)
{
	const struct description *description = runtime;

	return describes(description) && description->free_threaded;
}
