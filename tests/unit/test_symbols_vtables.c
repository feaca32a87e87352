/* SPDX-License-Identifier: MIT */
/*
 * Classes by their tables of virtual functions, from files that compilers make here in many forms,
 * stripped ones above all, and no class where there is no table.
 */
#define _GNU_SOURCE
#include <check.h>
#include <dlfcn.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/symbols/symbols.h"
#include "compiled_fixture.h"
#include "suite.h"

/* The tests run in a folder of their own, away from the sources. */
__asm__(".pushsection .rodata\n"
	"fixture_cc: .incbin \"tests/unit/vtables_fixture.cc\"\n .byte 0\n"
	".popsection\n");
extern const char fixture_cc[] __attribute__((visibility("hidden")));

#define MOST_PROBES 16
#define MOST_RANGES 64
#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

enum { MAIN_FILE, OTHER_LIBRARY };

struct probe {
	char name[64];
	uint32_t module; /* that has the table */
	uint64_t address;
	int64_t offset_to_top;
};

struct extent {
	uint64_t low, high;
};

static struct symbols *symbols;
static struct probe probes[MOST_PROBES];
static unsigned probe_count;

static void make_folder(void)
{
	fixture_make_folder();
	fixture_write("src/fixture.cc", fixture_cc);
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

static struct probe *add_probe(const char *name, uint64_t address, int64_t offset_to_top)
{
	struct probe *p = &probes[probe_count++];

	ck_assert_uint_le(probe_count, MOST_PROBES);
	snprintf(p->name, sizeof p->name, "%s", name);
	p->module = MAIN_FILE;
	p->address = address;
	p->offset_to_top = offset_to_top;
	return p;
}

static void record(const char *name, const void *table, long offset_to_top)
{
	Dl_info info;

	ck_assert_int_ne(dladdr(table, &info), 0);
	add_probe(name, (uint64_t)((uintptr_t)table - (uintptr_t)info.dli_fbase), offset_to_top)
		->module = strstr(info.dli_fname, "libfar.so") ? OTHER_LIBRARY : MAIN_FILE;
}

static void run_library(void)
{
	void (*run)(void (*)(const char *, const void *, long));
	void *library = dlopen("./full.so", RTLD_NOW | RTLD_LOCAL);

	ck_assert_msg(library != NULL, "%s", dlerror());
	run = (void (*)(void (*)(const char *, const void *, long)))(uintptr_t)dlsym(library,
										     "fixture_run");
	ck_assert(run != NULL);
	run(record);
	ck_assert_uint_eq(probe_count, 13);
}

static void run_program(void)
{
	FILE *output = popen("./full.so", "r");
	char name[64];
	uint64_t address;
	int64_t offset;

	ck_assert_ptr_nonnull(output);
	while (fscanf(output, "%" SCNx64 " %" SCNd64 " %63[^\n]", &address, &offset, name) == 3)
		add_probe(name, address, offset);
	ck_assert_int_eq(pclose(output), 0);
	ck_assert_uint_ge(probe_count, 11);
}

static const char *const compilers[] = {"$CXX", "clang++"};

/* False if the compiler is not there, or cannot do it and need not. */
static bool compile(const char *compiler, const char *flags, bool optional)
{
	char command[512];

	snprintf(command, sizeof command, "command -v %s >/dev/null", compiler);
	if (system(command) != 0)
		return false;
	fixture_shell("%s -w -O2 -g -fPIC -shared -DOTHER_LIBRARY -o libfar.so src/fixture.cc",
		      compiler);
	snprintf(command, sizeof command,
		 "%s -w -O2 -g %s -o full.so src/fixture.cc -L. -lfar -Wl,-rpath,. %s", compiler,
		 flags, optional ? "2>/dev/null" : "");
	if (optional)
		return system(command) == 0;
	fixture_shell("%s", command);
	return true;
}

static void add_modules(const char *main_file, const char *other)
{
	ck_assert_uint_eq(symbols_add_module(symbols, main_file, NULL, 0), MAIN_FILE);
	ck_assert_uint_eq(symbols_add_module(symbols, other, NULL, 0), OTHER_LIBRARY);
}

static void check_probe(const struct probe *p)
{
	int64_t offset = 77;
	const char *name = symbols_vtable(symbols, p->module, p->address, &offset);

	ck_assert_msg(name && strcmp(name, p->name) == 0, "%s is not %s", name ? name : "nothing",
		      p->name);
	ck_assert_int_eq(offset, p->offset_to_top);
	ck_assert_ptr_eq(symbols_vtable(symbols, p->module, p->address, &offset), name);
}

/* Where the symbols of a file say that tables are. */
static unsigned read_tables(const char *file, struct extent *tables)
{
	char command[128];
	uint64_t address, size;
	unsigned count = 0;
	FILE *output;

	snprintf(command, sizeof command,
		 "nm -S %s | grep -E ' _ZT[VC]' | awk 'NF == 4 {print $1, $2}'", file);
	output = popen(command, "r");
	ck_assert_ptr_nonnull(output);
	while (fscanf(output, "%" SCNx64 " %" SCNx64, &address, &size) == 2) {
		ck_assert_uint_lt(count, MOST_RANGES);
		tables[count++] = (struct extent){address, address + size};
	}
	ck_assert_int_eq(pclose(output), 0);
	return count;
}

/* Part of the head of the table of a class with virtual bases, which is longer than that of others. */
START_TEST(test_head_of_table)
{
	int64_t offset;

	ck_assert(compile("$CXX", "-fPIC -shared", false));
	run_library();
	add_modules("full.so", "libfar.so");
	for (unsigned i = 0; i < probe_count; i++)
		if (strcmp(probes[i].name, "app::silent") == 0)
			ck_assert_ptr_null(
				symbols_vtable(symbols, MAIN_FILE, probes[i].address - 8, &offset));
}
END_TEST

/* Of all words of a file, only those behind the head of a table can be taken for one. */
static void check_other_words(const char *file, const char *name)
{
	struct extent tables[MOST_RANGES];
	unsigned count = read_tables(file, tables);
	uint32_t module = symbols_add_module(symbols, name, NULL, 0);
	uint64_t base = strstr(name, "fixed") ? 0x400000 : 0;

	for (uint64_t address = base; address < base + 0x10000; address += 4) {
		int64_t offset;
		const char *found = symbols_vtable(symbols, module, address, &offset);
		bool in_table = false;

		for (unsigned i = 0; i < count; i++)
			in_table |= address >= tables[i].low + 16 && address <= tables[i].high;
		ck_assert_msg(!found || in_table, "%" PRIx64 " is no %s", address, found);
	}
}

static const char *const forms[] = {
	"-fPIC -shared",
	"-fPIC -shared -Wl,-z,pack-relative-relocs",
	"-fPIC -shared -fuse-ld=lld",
	"-fPIC -shared -Wl,-Bsymbolic -fvisibility-inlines-hidden",
	"-DPROGRAM -DMOVABLE=1 -fPIE -pie",
	"-DPROGRAM -DMOVABLE=0 -fno-pie -no-pie",
};

static const char *stripped_name(const char *form)
{
	return strstr(form, "MOVABLE=0") ? "fixed-stripped" : "stripped";
}

START_TEST(test_classes)
{
	const char *form = forms[_i / COUNT(compilers)];
	const char *stripped = stripped_name(form);

	if (!compile(compilers[_i % COUNT(compilers)], form,
		     strstr(form, "pack") || strstr(form, "lld")))
		return;
	if (strstr(form, "PROGRAM"))
		run_program();
	else
		run_library();
	fixture_shell("strip -o %s full.so && strip -o far-stripped libfar.so", stripped);
	add_modules(stripped, "far-stripped");
	for (unsigned i = 0; i < probe_count; i++)
		check_probe(&probes[i]);
	symbols_free(symbols);
	symbols = symbols_new();
	add_modules("full.so", "libfar.so");
	for (unsigned i = 0; i < probe_count; i++)
		check_probe(&probes[i]);
	check_other_words("full.so", stripped);
	check_other_words("full.so", "full.so");
}
END_TEST

/* The symbol of the table has the name then; without symbols nothing has it. */
START_TEST(test_without_type_information)
{
	if (!compile(compilers[_i], "-fPIC -shared -fno-rtti", false))
		return;
	run_library();
	fixture_shell("strip -g -o symtab full.so && strip -o stripped full.so");
	add_modules("symtab", "libfar.so");
	for (unsigned i = 0; i < probe_count; i++)
		if (strcmp(probes[i].name, "app::silent") != 0)
			check_probe(&probes[i]);
	check_other_words("full.so", "symtab");
	check_other_words("full.so", "stripped");
}
END_TEST

START_TEST(test_nowhere)
{
	static const uint64_t outside[] = {0, 8, 16, UINT32_MAX, UINT64_MAX - 7, UINT64_MAX};

	ck_assert(compile("$CXX", "-fPIC -shared", false));
	add_modules("full.so", "no-such-file");
	for (int i = 0; i < COUNT(outside); i++) {
		for (uint32_t module = 0; module < 3; module++) {
			int64_t offset = 77;

			ck_assert_ptr_null(symbols_vtable(symbols, module, outside[i], &offset));
			ck_assert_int_eq(offset, 0);
		}
	}
}
END_TEST

/* Whatever bytes are in a file, every answer is a well-formed one. */
START_TEST(test_damaged)
{
	ck_assert(compile("$CXX", forms[_i % COUNT(forms)], true) || _i % COUNT(forms) != 0);
	if (access("full.so", R_OK))
		return;
	fixture_shell("strip -o stripped full.so");
	for (unsigned round = 0; round < 60; round++) {
		uint64_t base = strstr(forms[_i % COUNT(forms)], "MOVABLE=0") ? 0x400000 : 0;
		uint32_t module = symbols_add_module(symbols, "damaged.so", NULL, 0);

		fixture_damage(round % 3 ? "stripped" : "full.so", "damaged.so",
			       60 * (unsigned)_i + round);
		for (uint64_t address = base; address < base + 0x8000; address += 8) {
			int64_t offset;
			const char *name = symbols_vtable(symbols, module, address, &offset);

			ck_assert(!name || (*name && strlen(name) < 1 << 20));
			ck_assert(name || !offset);
		}
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("symbols_vtables");
	TCase *one = tcase_create("one"), *files = tcase_create("files");

	/* Alone, for who has no time for so many compilers. */
	tcase_add_unchecked_fixture(one, make_folder, fixture_remove_folder);
	tcase_add_checked_fixture(one, setup, teardown);
	tcase_add_loop_test(one, test_classes, 0, 1);
	suite_add_tcase(suite, one);
	tcase_add_unchecked_fixture(files, make_folder, fixture_remove_folder);
	tcase_add_checked_fixture(files, setup, teardown);
	tcase_add_loop_test(files, test_classes, 1, COUNT(forms) * COUNT(compilers));
	tcase_add_loop_test(files, test_without_type_information, 0, COUNT(compilers));
	tcase_add_test(files, test_head_of_table);
	tcase_add_test(files, test_nowhere);
	tcase_add_loop_test(files, test_damaged, 0, 12);
	suite_add_tcase(suite, files);
	return suite_run(suite);
}
