/* SPDX-License-Identifier: MIT */
/*
 * Exact functions and lines from files that the compiler and the tools of binutils make here, and
 * clean failure on files that are missing, stripped, changed or damaged.
 */
#define _GNU_SOURCE
#include <check.h>
#include <dlfcn.h>
#include <inttypes.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/symbols/symbols.h"
#include "compiled_fixture.h"
#include "suite.h"

/* The tests run in a folder of their own, away from the sources. */
__asm__(".pushsection .rodata\n"
	"fixture_c: .incbin \"tests/unit/symbols_fixture.c\"\n .byte 0\n"
	"fixture_cc: .incbin \"tests/unit/symbols_fixture.cc\"\n .byte 0\n"
	".popsection\n");
extern const char fixture_c[] __attribute__((visibility("hidden")));
extern const char fixture_cc[] __attribute__((visibility("hidden")));

#define MOST_PROBES 16
#define BUILD_ID_BYTES 20

struct probed {
	char name[32];
	uint64_t address; /* link-time address in the call */
};

static struct symbols *symbols;
static struct probed probes[MOST_PROBES];
static unsigned probe_count;
static uint64_t load_address;

static void make_folder(void)
{
	fixture_make_folder();
	fixture_write("src/fixture.c", fixture_c);
	fixture_write("src/fixture.cc", fixture_cc);
	fixture_shell("$CC -w -O2 -g -fPIC -shared -Wl,--build-id=sha1 -o full.so "
		      "src/../src/./fixture.c");
}

static void setup(void)
{
	symbols = symbols_new();
	probe_count = 0;
}

static void teardown(void)
{
	symbols_free(symbols);
}

static void record(const char *name, uint64_t address)
{
	ck_assert_uint_lt(probe_count, MOST_PROBES);
	snprintf(probes[probe_count].name, sizeof probes->name, "%s", name);
	probes[probe_count++].address = address;
}

static void probe(const char *name)
{
	record(name, (uint64_t)(uintptr_t)__builtin_return_address(0) - 1 - load_address);
}

/* Runs the fixture in a library; its probes tell addresses that hold for every copy of the file. */
static void *run_library(const char *name)
{
	char path[64];
	void (*run)(void (*)(const char *));
	struct link_map *map;
	void *library;

	snprintf(path, sizeof path, "./%s", name);
	library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	ck_assert_msg(library != NULL, "%s", dlerror());
	ck_assert_int_eq(dlinfo(library, RTLD_DI_LINKMAP, &map), 0);
	load_address = map->l_addr;
	run = (void (*)(void (*)(const char *)))(uintptr_t)dlsym(library, "fixture_run");
	ck_assert(run != NULL);
	run(probe);
	return library;
}

static uint64_t probed_address(const char *name)
{
	for (unsigned i = 0; i < probe_count; i++)
		if (strcmp(probes[i].name, name) == 0)
			return probes[i].address;
	ck_abort_msg("no probe %s", name);
}

/* The line of a source that says "at NAME". */
static uint32_t marked_line(const char *source, const char *name)
{
	char mark[64];
	const char *found;
	uint32_t line = 1;

	snprintf(mark, sizeof mark, "at %s", name);
	found = strstr(source, mark);
	ck_assert_msg(found != NULL, "no mark %s", name);
	for (const char *c = source; c < found; c++)
		line += *c == '\n';
	return line;
}

static uint32_t add(const char *path)
{
	return symbols_add_module(symbols, path, NULL, 0);
}

static const struct symbol_frame *look_up(uint32_t module, uint64_t address, uint32_t expected)
{
	uint32_t count;
	const struct symbol_frame *frames = symbols_lookup(symbols, module, address, &count);

	ck_assert_uint_eq(count, expected);
	return frames;
}

static void check_frame(const struct symbol_frame *frame, const char *function, const char *file,
			uint32_t line, bool inlined, const char *language)
{
	ck_assert_str_eq(frame->function, function);
	ck_assert_str_eq(frame->file, file);
	ck_assert_uint_eq(frame->line, line);
	ck_assert_int_eq(frame->inlined, inlined);
	ck_assert_str_eq(frame->language, language);
}

static void check_unknown(const struct symbol_frame *frame)
{
	check_frame(frame, "", "", 0, false, "");
}

/* Everything there is to know about the C fixture, from whatever file. */
static void check_full(uint32_t module)
{
	const struct symbol_frame *frames;
	char file[64];

	snprintf(file, sizeof file, "%s/src/fixture.c", fixture_folder);
	frames = look_up(module, probed_address("local"), 1);
	check_frame(frames, "local_function", file, marked_line(fixture_c, "local"), false, "c");
	frames = look_up(module, probed_address("inlined"), 3);
	check_frame(&frames[0], "innermost", file, marked_line(fixture_c, "innermost"), true, "c");
	check_frame(&frames[1], "middle", file, marked_line(fixture_c, "middle"), true, "c");
	check_frame(&frames[2], "outermost", file, marked_line(fixture_c, "outermost"), false, "c");
	frames = look_up(module, probed_address("aliased"), 1);
	check_frame(frames, "public_name", file, marked_line(fixture_c, "aliased"), false, "c");
	ck_assert_str_eq(symbols_module_note(symbols, module), "");
}

START_TEST(test_library)
{
	uint32_t module = add("full.so");

	run_library("full.so");
	check_full(module);
	/* The second time from the cache. */
	check_full(module);
}
END_TEST

static const char *const program_flags[] = {
	"-DMOVABLE=1 -fPIE -pie",
	"-DMOVABLE=0 -fno-pie -no-pie",
	"-DMOVABLE=1 -fPIE -pie -gdwarf-4",
	"-DMOVABLE=1 -fPIE -pie -gdwarf-5 -gz=zlib",
	"-DMOVABLE=1 -fPIE -pie -gsplit-dwarf",
	"-DMOVABLE=0 -fno-pie -no-pie -ffunction-sections -Wl,--gc-sections",
};

START_TEST(test_program)
{
	char name[32];
	uint64_t address;
	FILE *output;

	fixture_shell("$CC -w -O2 -g -DPROGRAM %s -o program src/fixture.c", program_flags[_i]);
	output = popen("./program", "r");
	ck_assert_ptr_nonnull(output);
	while (fscanf(output, "%31s %" SCNx64, name, &address) == 2)
		record(name, address);
	ck_assert_int_eq(pclose(output), 0);
	ck_assert_uint_eq(probe_count, 3);
	check_full(add("program"));
}
END_TEST

static const char *const names_in_cxx[][2] = {
	{"anonymous", "(anonymous namespace)::hidden"},
	{"method", "shop::shelf::put(void (*)(char const*), std::string const&)"},
	{"template", "shop::shelf::take<long>(void (*)(char const*), long)"},
	{"overload", "shop::overloaded(void (*)(char const*), char)"},
};

static void check_cxx(uint32_t module, bool with_lines)
{
	char file[64];

	snprintf(file, sizeof file, "%s/src/fixture.cc", fixture_folder);
	for (size_t i = 0; i < sizeof names_in_cxx / sizeof *names_in_cxx; i++) {
		const char *probe_name = names_in_cxx[i][0];
		const struct symbol_frame *frame = look_up(module, probed_address(probe_name), 1);
		uint32_t line = marked_line(fixture_cc, probe_name);

		ck_assert_msg(strncmp(frame->function, names_in_cxx[i][1],
				      strlen(names_in_cxx[i][1])) == 0,
			      "%s is not %s", frame->function, names_in_cxx[i][1]);
		ck_assert_str_eq(frame->file, with_lines ? file : "");
		ck_assert_uint_eq(frame->line, with_lines ? line : 0);
		ck_assert_str_eq(frame->language, "c++");
	}
}

START_TEST(test_cxx)
{
	const struct symbol_frame *frame;
	uint32_t module = add("cxx.so");

	fixture_shell("$CXX -w -O2 -g -fPIC -shared -o cxx.so src/fixture.cc");
	run_library("cxx.so");
	check_cxx(module, true);
	/* gcc calls it <lambda(...)>, clang gives it no name but operator(). */
	frame = look_up(module, probed_address("lambda"), 1);
	ck_assert_ptr_nonnull(strstr(frame->function, "fixture_run"));
	ck_assert_ptr_nonnull(strstr(frame->function, "operator()"));
	ck_assert_uint_eq(frame->line, marked_line(fixture_cc, "lambda"));
}
END_TEST

START_TEST(test_cxx_without_debug_information)
{
	fixture_shell("$CXX -w -O2 -fPIC -shared -o cxx.so src/fixture.cc");
	run_library("cxx.so");
	check_cxx(add("cxx.so"), false);
}
END_TEST

/* Only .symtab is left: functions by their sizes, assembly up to the next symbol. */
START_TEST(test_symbol_table)
{
	uint32_t module = add("symtab.so");
	void *library = run_library("full.so");
	uint64_t first = (uint64_t)(uintptr_t)dlsym(library, "unsized_first") - load_address;

	fixture_shell("strip -g -o symtab.so full.so");
	check_frame(look_up(module, probed_address("local"), 1), "local_function", "", 0, false,
		    "");
	check_frame(look_up(module, probed_address("inlined"), 1), "outermost", "", 0, false, "");
	check_frame(look_up(module, probed_address("aliased"), 1), "public_name", "", 0, false, "");
	ck_assert_str_eq(look_up(module, first, 1)->function, "unsized_first");
	ck_assert_str_eq(look_up(module, first + 15, 1)->function, "unsized_first");
	ck_assert_str_eq(look_up(module, first + 16, 1)->function, "unsized_second");
	ck_assert_str_eq(look_up(module, first + 31, 1)->function, "unsized_second");
	check_unknown(look_up(module, first + 32, 1));
	ck_assert_str_eq(symbols_module_note(symbols, module),
			 "no debug information: functions without files and lines");
}
END_TEST

/* Only exported functions are left, and none may answer for what lies behind it. */
START_TEST(test_stripped)
{
	uint32_t module = add("stripped.so");
	void *library = run_library("full.so");
	uint64_t first = (uint64_t)(uintptr_t)dlsym(library, "unsized_first") - load_address;

	fixture_shell("strip -o stripped.so full.so");
	check_unknown(look_up(module, probed_address("local"), 1));
	check_frame(look_up(module, probed_address("inlined"), 1), "outermost", "", 0, false, "");
	check_unknown(look_up(module, first, 1));
	check_unknown(look_up(module, first + 16, 1));
	ck_assert_str_eq(symbols_module_note(symbols, module),
			 "stripped: only exported functions have names");
}
END_TEST

/* Inside of no function: before the code, in its padding, behind it, at the ends of the world. */
START_TEST(test_addresses_outside)
{
	static const uint64_t outside[] = {0, 1, 0x40, UINT32_MAX, UINT64_MAX - 1, UINT64_MAX};
	uint32_t module = add("full.so");

	for (size_t i = 0; i < sizeof outside / sizeof *outside; i++)
		check_unknown(look_up(module, outside[i], 1));
	check_unknown(look_up(12345, 0, 1));
}
END_TEST

/* Where the debug file can be; the empty entry is beside the library. */
static const char *const debug_folders[] = {"", ".debug/"};

START_TEST(test_debug_link)
{
	uint32_t module = add("linked.so");

	fixture_shell("mkdir -p .debug; rm -f .debug/* linked.debug");
	fixture_shell("objcopy --only-keep-debug full.so linked.debug");
	fixture_shell(
		"strip -o linked.so full.so && objcopy --add-gnu-debuglink=linked.debug linked.so");
	if (*debug_folders[_i])
		fixture_shell("mv linked.debug %s", debug_folders[_i]);
	run_library("full.so");
	check_full(module);
}
END_TEST

START_TEST(test_debug_link_without_build_id)
{
	fixture_shell("$CC -w -O2 -g -fPIC -shared -Wl,--build-id=none -o plain.so src/fixture.c");
	fixture_shell("objcopy --only-keep-debug plain.so plain.debug");
	fixture_shell(
		"strip -o linked.so plain.so && objcopy --add-gnu-debuglink=plain.debug linked.so");
	run_library("plain.so");
	check_full(add("linked.so"));
	/* The same, with one byte more: the checksum tells. */
	fixture_shell("echo >>plain.debug && cp linked.so other.so");
	check_unknown(look_up(add("other.so"), probed_address("local"), 1));
}
END_TEST

START_TEST(test_debug_file_of_another_build)
{
	uint32_t module = add("linked.so");

	fixture_shell("$CC -w -O1 -g -fPIC -shared -Wl,--build-id=sha1 -o other.so src/fixture.c");
	fixture_shell("objcopy --only-keep-debug other.so other.debug");
	fixture_shell(
		"strip -o linked.so full.so && objcopy --add-gnu-debuglink=other.debug linked.so");
	run_library("full.so");
	check_unknown(look_up(module, probed_address("local"), 1));
}
END_TEST

/* Fills in the build-id that the linker gave to a file. */
static void read_build_id(const char *path, uint8_t *build_id)
{
	char command[128];
	char digits[2 * BUILD_ID_BYTES + 1] = "";
	FILE *output;

	snprintf(command, sizeof command, "readelf -n %s | sed -n 's/.*Build ID: //p'", path);
	output = popen(command, "r");
	ck_assert_ptr_nonnull(output);
	ck_assert_int_eq(fscanf(output, "%40s", digits), 1);
	ck_assert_int_eq(pclose(output), 0);
	for (unsigned i = 0; i < BUILD_ID_BYTES; i++)
		ck_assert_int_eq(sscanf(digits + 2 * i, "%2hhx", &build_id[i]), 1);
}

START_TEST(test_build_id)
{
	uint8_t build_id[BUILD_ID_BYTES];
	uint32_t same, other, shorter;

	read_build_id("full.so", build_id);
	same = symbols_add_module(symbols, "full.so", build_id, BUILD_ID_BYTES);
	shorter = symbols_add_module(symbols, "full.so", build_id, BUILD_ID_BYTES - 1);
	build_id[BUILD_ID_BYTES - 1] ^= 1;
	other = symbols_add_module(symbols, "full.so", build_id, BUILD_ID_BYTES);
	run_library("full.so");
	check_full(same);
	check_unknown(look_up(other, probed_address("local"), 1));
	ck_assert_str_eq(symbols_module_note(symbols, other), "changed since the recording");
	ck_assert_str_eq(symbols_module_note(symbols, shorter), "changed since the recording");
}
END_TEST

static const char *const unusable[][2] = {
	{"", "not a file"},
	{"[vdso]", "not a file"},
	{"no-such-file.so", "not found"},
	{"src", "not a regular file"},
	{"fifo", "not a regular file"},
	{"src/fixture.c", "not an ELF file"},
	{"empty", "not an ELF file"},
	{"fixture.o", "not an ELF program or library"},
	{"archive.a", "not an ELF file"},
};

START_TEST(test_unusable)
{
	uint32_t module = add(unusable[_i][0]);

	fixture_shell("rm -f fifo && mkfifo fifo && : >empty");
	fixture_shell("$CC -w -g -c -o fixture.o src/fixture.c && ar rc archive.a fixture.o");
	check_unknown(look_up(module, 0x1234, 1));
	ck_assert_str_eq(symbols_module_note(symbols, module), unusable[_i][1]);
}
END_TEST

/* The library that the test itself runs with, if its debug file is installed. */
START_TEST(test_debug_file_by_build_id)
{
	uint8_t build_id[BUILD_ID_BYTES];
	const struct symbol_frame *frame;
	char path[256];
	Dl_info info;
	int length;

	ck_assert_int_ne(dladdr(dlsym(RTLD_DEFAULT, "twalk"), &info), 0);
	read_build_id(info.dli_fname, build_id);
	length = snprintf(path, sizeof path, "/usr/lib/debug/.build-id/%02x/", build_id[0]);
	for (unsigned i = 1; i < BUILD_ID_BYTES; i++)
		length += snprintf(path + length, sizeof path - (size_t)length, "%02x",
				   build_id[i]);
	snprintf(path + length, sizeof path - (size_t)length, ".debug");
	frame = look_up(symbols_add_module(symbols, info.dli_fname, build_id, BUILD_ID_BYTES),
			(uint64_t)((uintptr_t)info.dli_saddr - (uintptr_t)info.dli_fbase), 1);
	ck_assert_str_eq(frame->function, "twalk");
	if (access(path, R_OK) == 0) {
		ck_assert_ptr_nonnull(strstr(frame->file, "misc/tsearch.c"));
		ck_assert_uint_gt(frame->line, 0);
	} else {
		ck_assert_str_eq(frame->file, "");
	}
}
END_TEST

START_TEST(test_network_is_not_asked)
{
	char line[512];
	FILE *maps;

	setenv("DEBUGINFOD_URLS", "http://127.0.0.1:1/", 1);
	fixture_shell("strip -o stripped.so full.so");
	check_unknown(look_up(add("stripped.so"), 0, 1));
	maps = fopen("/proc/self/maps", "r");
	ck_assert_ptr_nonnull(maps);
	while (fgets(line, sizeof line, maps))
		ck_assert_msg(!strstr(line, "debuginfod"), "%s", line);
	fclose(maps);
}
END_TEST

/* Whatever bytes are in a file, every answer is a well-formed one. */
START_TEST(test_damaged)
{
	run_library("full.so");
	fixture_damage("full.so", "damaged.so", (unsigned)_i);
	for (unsigned i = 0; i < probe_count; i++) {
		uint32_t count;
		const struct symbol_frame *frames = symbols_lookup(
			symbols, i ? 0 : add("damaged.so"), probes[i].address, &count);

		ck_assert_uint_ge(count, 1);
		for (uint32_t j = 0; j < count; j++) {
			ck_assert_uint_lt(strlen(frames[j].function), 1 << 20);
			ck_assert_uint_lt(strlen(frames[j].file), 1 << 20);
			ck_assert_int_eq(frames[j].inlined, j + 1 < count);
		}
	}
}
END_TEST

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

int main(void)
{
	Suite *suite = suite_create("symbols");
	TCase *files = tcase_create("files");

	tcase_add_unchecked_fixture(files, make_folder, fixture_remove_folder);
	tcase_add_checked_fixture(files, setup, teardown);
	tcase_add_test(files, test_library);
	tcase_add_loop_test(files, test_program, 0, COUNT(program_flags));
	tcase_add_test(files, test_cxx);
	tcase_add_test(files, test_cxx_without_debug_information);
	tcase_add_test(files, test_symbol_table);
	tcase_add_test(files, test_stripped);
	tcase_add_test(files, test_addresses_outside);
	tcase_add_loop_test(files, test_debug_link, 0, COUNT(debug_folders));
	tcase_add_test(files, test_debug_link_without_build_id);
	tcase_add_test(files, test_debug_file_of_another_build);
	tcase_add_test(files, test_debug_file_by_build_id);
	tcase_add_test(files, test_build_id);
	tcase_add_loop_test(files, test_unusable, 0, COUNT(unusable));
	tcase_add_test(files, test_network_is_not_asked);
	tcase_add_loop_test(files, test_damaged, 0, 100);
	suite_add_tcase(suite, files);
	return suite_run(suite);
}
