/* SPDX-License-Identifier: MIT */
/*
 * Names of variables, paths to their members and what their pointers lead to, from files that compilers
 * make here in many forms, and well-formed answers from damaged ones.
 */
#define _GNU_SOURCE
#include <check.h>
#include <dlfcn.h>
#include <inttypes.h>
#include <link.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/symbols/symbols.h"
#include "compiled_fixture.h"
#include "suite.h"

/* The tests run in a folder of their own, away from the sources. */
__asm__(".pushsection .rodata\n"
	"fixture_c: .incbin \"tests/unit/variables_fixture.c\"\n .byte 0\n"
	"fixture_cc: .incbin \"tests/unit/variables_fixture.cc\"\n .byte 0\n"
	".popsection\n");
extern const char fixture_c[] __attribute__((visibility("hidden")));
extern const char fixture_cc[] __attribute__((visibility("hidden")));

#define MOST_PLACES 40

/* As the fixtures have it. */
struct place {
	const char *name, *path;
	bool in_thread;
	const void *address, *start;
};

struct probe {
	char name[64], path[64];
	bool in_thread;
	uint64_t address, start; /* link-time addresses, or offsets in thread-local storage */
};

static struct symbols *symbols;
static struct probe probes[MOST_PLACES];
static unsigned probe_count;
static uint64_t load_address, thread_address;

static void make_folder(void)
{
	fixture_make_folder();
	fixture_write("src/fixture.c", fixture_c);
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

static struct probe *add_probe(void)
{
	ck_assert_uint_lt(probe_count, MOST_PLACES);
	return &probes[probe_count++];
}

static void record(const struct place *place)
{
	uint64_t base = place->in_thread ? thread_address : load_address;
	struct probe *p = add_probe();

	snprintf(p->name, sizeof p->name, "%s", place->name);
	snprintf(p->path, sizeof p->path, "%s", place->path);
	p->in_thread = place->in_thread;
	p->address = (uintptr_t)place->address - base;
	p->start = (uintptr_t)place->start - base;
}

static int find_thread_storage(struct dl_phdr_info *info, size_t size, void *unused)
{
	(void)size;
	(void)unused;
	if (info->dlpi_addr == load_address)
		thread_address = (uintptr_t)info->dlpi_tls_data;
	return 0;
}

static void run_library(const char *name)
{
	char path[64];
	void (*run)(void (*)(const struct place *));
	struct link_map *map;
	void *library;

	snprintf(path, sizeof path, "./%s", name);
	library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	ck_assert_msg(library != NULL, "%s", dlerror());
	ck_assert_int_eq(dlinfo(library, RTLD_DI_LINKMAP, &map), 0);
	load_address = map->l_addr;
	run = (void (*)(void (*)(const struct place *)))(uintptr_t)dlsym(library, "fixture_run");
	ck_assert(run != NULL);
	run(record);
	probe_count = 0;
	/* The storage was made when it was first used. */
	dl_iterate_phdr(find_thread_storage, NULL);
	run(record);
}

static void run_program(const char *command)
{
	FILE *output = popen(command, "r");
	char path[64];
	char name[64];
	uint64_t address, start;

	ck_assert_ptr_nonnull(output);
	while (fscanf(output, "%63s %63s %" SCNx64 " %" SCNx64, name, path, &address, &start) ==
	       4) {
		struct probe *p = add_probe();

		*p = (struct probe){.address = address, .start = start};
		snprintf(p->name, sizeof p->name, "%s", name);
		snprintf(p->path, sizeof p->path, "%s", path + 1);
	}
	ck_assert_int_eq(pclose(output), 0);
}

static uint32_t add(const char *path)
{
	return symbols_add_module(symbols, path, NULL, 0);
}

static const struct symbol_variable *look_up(uint32_t module, const struct probe *p)
{
	return p->in_thread ? symbols_thread_variable(symbols, module, p->address)
			    : symbols_variable(symbols, module, p->address);
}

static const struct probe *find_probe(const char *name, const char *path)
{
	for (unsigned i = 0; i < probe_count; i++)
		if (strcmp(probes[i].name, name) == 0 && strcmp(probes[i].path, path) == 0)
			return &probes[i];
	ck_abort_msg("no probe %s%s", name, path);
}

static const char *last_part(const char *name)
{
	const char *colon = strrchr(name, ':');

	return colon ? colon + 1 : name;
}

/* Whether a line of a source says "at NAME", or with clang, which knows no better, "declared NAME". */
static bool is_line_of(const char *source, uint32_t line, const char *name)
{
	char mark[2][80];
	char text[256];

	while (--line && (source = strchr(source, '\n')))
		source++;
	ck_assert_ptr_nonnull(source);
	snprintf(text, sizeof text, "%.*s ", (int)strcspn(source, "\n"), source);
	snprintf(mark[0], sizeof mark[0], "at %.64s ", name);
	snprintf(mark[1], sizeof mark[1], "declared %.60s ", name);
	return strstr(text, mark[0]) || strstr(text, mark[1]);
}

/* Clang 14 does not name functions that are in no place of their own. */
static void check_name(const char *name, const struct probe *p)
{
	if (strncmp(p->name, "tell_inlined()", 14) == 0 && !strchr(name, ':'))
		ck_assert_str_eq(name, last_part(p->name));
	else
		ck_assert_str_eq(name, p->name);
}

static void check_section(const struct symbol_variable *v, const struct probe *p)
{
	static const char *const sections[] = {".data", ".data.rel.ro",	      ".bss",	".tdata",
					       ".tbss", ".data.rel.ro.local", ".rodata"};

	for (size_t i = 0; i < sizeof sections / sizeof *sections; i++)
		if (strcmp(v->section, sections[i]) == 0)
			return;
	ck_abort_msg("%s is in section '%s'", p->name, v->section);
}

/* Everything there is to know, from whatever file. */
static void check_full(uint32_t module, const char *source, const char *extension)
{
	char file[64];

	snprintf(file, sizeof file, "%s/src/fixture.%s", fixture_folder, extension);
	for (unsigned i = 0; i < probe_count; i++) {
		const struct probe *p = &probes[i];
		const struct symbol_variable *v = look_up(module, p);

		check_name(v->name, p);
		ck_assert_str_eq(v->path, p->path);
		ck_assert_uint_eq(v->offset, p->address - p->start);
		ck_assert_uint_gt(v->size_bytes, v->offset);
		ck_assert_msg(strcmp(v->file, file) == 0, "%s is in file %s", p->name, v->file);
		ck_assert_msg(is_line_of(source, v->line, last_part(p->name)), "%s is at line %u",
			      p->name, v->line);
		check_section(v, p);
		ck_assert_ptr_eq(v, look_up(module, p));
	}
}

static const struct symbol_member *member(symbol_type type, uint64_t offset, const char *path)
{
	const struct symbol_member *m = symbols_member(symbols, type, offset);

	ck_assert_str_eq(m->path, path);
	return m;
}

static symbol_type pointee(uint32_t module, const char *name, const char *path)
{
	return look_up(module, find_probe(name, path))->pointee;
}

static void check_type(symbol_type type, const char *name, uint64_t size_bytes)
{
	ck_assert_uint_ne(type, 0);
	ck_assert_str_eq(symbols_type_name(symbols, type), name);
	ck_assert_uint_eq(symbols_type_size(symbols, type), size_bytes);
}

/* From the variables of the fixture through blocks, as pointers lead. */
static void check_pointees(uint32_t module)
{
	symbol_type type = pointee(module, "registry", ".table.buckets");
	symbol_type session;

	check_type(type, "struct session *", 8);
	session = member(type, 0, "[0]")->pointee;
	ck_assert_uint_eq(member(type, 8 * 1000, "[1000]")->pointee, session);
	ck_assert_uint_eq(member(type, 8 * 1000 + 4, "[1000]")->pointee, 0);
	check_type(session, "struct session", 40);
	ck_assert_uint_eq(member(session, 0, ".next")->pointee, session);
	ck_assert_uint_eq(member(session, 8, ".id")->pointee, 0);
	type = member(session, 16, ".name")->pointee;
	check_type(type, "char", 1);
	ck_assert_uint_eq(member(type, 0, "[0]")->pointee, 0);
	member(type, 5, "[5]");
	member(session, 20, ".inline_name[4]");
	member(session, 26, ".at[0].y");
	member(session, 37, ".kind");
	member(session, 39, "");
	ck_assert_uint_eq(member(session, 40, "[1].next")->pointee, session);
	ck_assert_uint_eq(pointee(module, "registry", ".sessions[0].next"), session);
	ck_assert_uint_eq(pointee(module, "registry", ".count"), 0);
	ck_assert_uint_eq(pointee(module, "matrix", "[2][4]"), session);
	ck_assert_uint_eq(pointee(module, "tail", ".items[2]"), session);
	ck_assert_uint_eq(pointee(module, "tell_local()::last_one", ""), session);
	check_type(pointee(module, "words", "[1]"), "char", 1);
	ck_assert_uint_eq(pointee(module, "callback", ""), 0);
	ck_assert_uint_eq(pointee(module, "anything", ""), 0);
	type = pointee(module, "tails", "");
	check_type(type, "struct tail", 8);
	member(type, 0, ".count");
	ck_assert_uint_eq(member(type, 8 + 8 * 99, ".items[99]")->pointee, session);
	type = pointee(module, "rows", "");
	check_type(type, "struct session [2]", 80);
	ck_assert_uint_eq(member(type, 0, "[0][0].next")->pointee, session);
	member(type, 3 * 40 + 8, "[1][1].id");
	/* Another unit knows what it is. */
	type = pointee(module, "opaque", "");
	check_type(type, "struct hidden", 16);
	ck_assert_uint_eq(member(type, 8, ".more")->pointee == 0, false);
	member(member(type, 8, ".more")->pointee, 0, ".secret");
}

static const char *const compilers[] = {"$CC", "clang"};

static const char *const formats[] = {
	"-g",
	"-gdwarf-4",
	"-gdwarf-5 -gz=zlib",
	"-g -gsplit-dwarf",
	"-g -fdebug-types-section",
	"-g -flto",
};

#define COUNT(array) ((int)(sizeof(array) / sizeof *(array)))

static bool has_compiler(const char *compiler)
{
	char command[64];

	snprintf(command, sizeof command, "command -v %s >/dev/null", compiler);
	return system(command) == 0;
}

/* What gcc 12 splits off does not say where variables of threads are. */
static void drop_thread_variables(void)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < probe_count; i++)
		if (!probes[i].in_thread)
			probes[kept++] = probes[i];
	probe_count = kept;
}

/* Links both units of the fixture; false if the compiler is not there. */
static bool compile(const char *compiler, const char *flags, const char *to)
{
	if (!has_compiler(compiler))
		return false;
	fixture_shell("%s -w -O2 %s -DOTHER_UNIT -c -o other.o src/fixture.c", compiler, flags);
	fixture_shell("%s -w -O2 %s -c -o one.o src/fixture.c", compiler, flags);
	fixture_shell("%s -w -O2 %s -Wl,--build-id=sha1 -o %s one.o other.o", compiler, flags, to);
	return true;
}

START_TEST(test_library)
{
	char flags[128];

	snprintf(flags, sizeof flags, "%s -fPIC -shared", formats[_i / COUNT(compilers)]);
	if (!compile(compilers[_i % COUNT(compilers)], flags, "full.so"))
		return;
	run_library("full.so");
	ck_assert_uint_eq(probe_count, 26);
	if (strstr(flags, "split"))
		drop_thread_variables();
	check_full(add("full.so"), fixture_c, "c");
	check_pointees(0);
}
END_TEST

static const char *const program_flags[] = {
	"-g -DPROGRAM -DMOVABLE=1 -fPIE -pie",
	"-g -DPROGRAM -DMOVABLE=0 -fno-pie -no-pie",
	"-g -DPROGRAM -DMOVABLE=0 -fno-pie -no-pie -fdata-sections -Wl,--gc-sections",
};

START_TEST(test_program)
{
	if (!compile(compilers[_i % COUNT(compilers)], program_flags[_i / COUNT(compilers)],
		     "program"))
		return;
	run_program("./program");
	ck_assert_uint_eq(probe_count, 23);
	check_full(add("program"), fixture_c, "c");
	check_pointees(0);
}
END_TEST

START_TEST(test_debug_file)
{
	ck_assert(compile("$CC", "-g -fPIC -shared", "full.so"));
	fixture_shell("objcopy --only-keep-debug full.so linked.debug && strip -o linked.so full.so"
		      " && objcopy --add-gnu-debuglink=linked.debug linked.so");
	run_library("full.so");
	check_full(add("linked.so"), fixture_c, "c");
	check_pointees(0);
}
END_TEST

/* With symbols, the last part of a name is known, but no path. */
START_TEST(test_symbol_table)
{
	ck_assert(compile("$CC", "-g -fPIC -shared", "full.so"));
	run_library("full.so");
	fixture_shell("strip -g -o symtab.so full.so");
	add("symtab.so");
	for (unsigned i = 0; i < probe_count; i++) {
		const struct symbol_variable *v = look_up(0, &probes[i]);

		ck_assert_str_eq(v->name, last_part(probes[i].name));
		ck_assert_str_eq(v->path, "");
		ck_assert_uint_eq(v->offset, probes[i].address - probes[i].start);
		ck_assert_uint_gt(v->size_bytes, v->offset);
		ck_assert_str_eq(v->file, "");
		ck_assert_uint_eq(v->line, 0);
		ck_assert_uint_eq(v->pointee, 0);
		check_section(v, &probes[i]);
	}
}
END_TEST

/* Then only exported variables have names, and all have sections. */
START_TEST(test_stripped)
{
	ck_assert(compile("$CC", "-g -fPIC -shared", "full.so"));
	run_library("full.so");
	fixture_shell("strip -o stripped.so full.so");
	add("stripped.so");
	ck_assert_str_eq(look_up(0, find_probe("registry", ".count"))->name, "registry");
	ck_assert_str_eq(look_up(0, find_probe("own", ".count"))->name, "own");
	ck_assert_str_eq(look_up(0, find_probe("own", ".count"))->section, ".tdata");
	ck_assert_str_eq(look_up(0, find_probe("numbers", "[0]"))->name, "");
	ck_assert_str_eq(look_up(0, find_probe("numbers", "[0]"))->section, ".bss");
	ck_assert_str_eq(look_up(0, find_probe("current", ""))->name, "");
	ck_assert_str_eq(look_up(0, find_probe("current", ""))->section, ".tbss");
}
END_TEST

START_TEST(test_cxx)
{
	static const char *const cxx_compilers[] = {"$CXX", "clang++"};
	symbol_type type;

	if (!has_compiler(cxx_compilers[_i]))
		return;
	fixture_shell("%s -w -O2 -g -std=c++17 -fPIC -shared -o cxx.so src/fixture.cc",
		      cxx_compilers[_i]);
	run_library("cxx.so");
	ck_assert_uint_eq(probe_count, 7);
	check_full(add("cxx.so"), fixture_cc, "cc");
	type = pointee(0, "shop::shelves", "[1].next");
	check_type(type, "shop::item", 16);
	ck_assert_uint_eq(member(type, 8, ".next")->pointee, type);
	type = pointee(0, "shop::shelves", "[1].opaque");
	check_type(type, "shop::shelf::inner", 16);
	ck_assert_uint_ne(member(type, 8, ".thing")->pointee, 0);
}
END_TEST

START_TEST(test_cxx_symbols)
{
	fixture_shell("$CXX -w -O2 -std=c++17 -fPIC -shared -o cxx.so src/fixture.cc");
	run_library("cxx.so");
	add("cxx.so");
	for (unsigned i = 0; i < probe_count; i++) {
		const char *name = look_up(0, &probes[i])->name;

		ck_assert_str_eq(last_part(name), last_part(probes[i].name));
		ck_assert_ptr_nonnull(strstr(name, "::"));
	}
}
END_TEST

START_TEST(test_addresses_outside)
{
	static const uint64_t outside[] = {0, 1, 0x40, UINT32_MAX, UINT64_MAX - 1, UINT64_MAX};

	ck_assert(compile("$CC", "-g -fPIC -shared", "full.so"));
	add("full.so");
	for (size_t i = 0; i < sizeof outside / sizeof *outside; i++) {
		ck_assert_str_eq(symbols_variable(symbols, 0, outside[i])->name, "");
		ck_assert_str_eq(symbols_variable(symbols, 7, outside[i])->name, "");
		ck_assert_str_eq(symbols_member(symbols, outside[i], outside[i])->path, "");
		ck_assert_str_eq(symbols_type_name(symbols, outside[i]), "");
		ck_assert_uint_eq(symbols_type_size(symbols, outside[i]), 0);
		if (i > 2)
			ck_assert_str_eq(symbols_thread_variable(symbols, 0, outside[i])->name, "");
	}
}
END_TEST

static void check_text(const char *text)
{
	ck_assert_ptr_nonnull(text);
	ck_assert_uint_lt(strlen(text), 1 << 20);
}

/* As far as pointers go, from all that a type has in its first bytes. */
static void follow(symbol_type type, unsigned depth)
{
	check_text(symbols_type_name(symbols, type));
	symbols_type_size(symbols, type);
	for (uint64_t offset = 0; depth && offset < 64; offset += 8) {
		const struct symbol_member *m = symbols_member(symbols, type, offset);

		check_text(m->path);
		follow(m->pointee, depth - 1);
	}
}

/* Whatever bytes are in a file, every answer is a well-formed one. */
START_TEST(test_damaged)
{
	if (_i % 2)
		fixture_shell("$CXX -w -O2 -g -std=c++17 -fPIC -shared -o full.so src/fixture.cc");
	else
		ck_assert(compile("$CC", "-g -fPIC -shared", "full.so"));
	run_library("full.so");
	for (unsigned round = 0; round < 40; round++) {
		uint32_t module = add("damaged.so");

		fixture_damage("full.so", "damaged.so", 40 * (unsigned)_i + round);
		for (unsigned i = 0; i < probe_count; i++) {
			const struct symbol_variable *v = look_up(module, &probes[i]);

			check_text(v->name);
			check_text(v->path);
			check_text(v->file);
			check_text(v->section);
			follow(v->pointee, 3);
		}
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("symbols_variables");
	TCase *one = tcase_create("one"), *files = tcase_create("files");

	/* Alone, for who has no time for so many compilers. */
	tcase_add_unchecked_fixture(one, make_folder, fixture_remove_folder);
	tcase_add_checked_fixture(one, setup, teardown);
	tcase_add_loop_test(one, test_library, 0, 1);
	suite_add_tcase(suite, one);
	tcase_add_unchecked_fixture(files, make_folder, fixture_remove_folder);
	tcase_add_checked_fixture(files, setup, teardown);
	tcase_add_loop_test(files, test_library, 1, COUNT(formats) * COUNT(compilers));
	tcase_add_loop_test(files, test_program, 0, COUNT(program_flags) * COUNT(compilers));
	tcase_add_test(files, test_debug_file);
	tcase_add_test(files, test_symbol_table);
	tcase_add_test(files, test_stripped);
	tcase_add_loop_test(files, test_cxx, 0, COUNT(compilers));
	tcase_add_test(files, test_cxx_symbols);
	tcase_add_test(files, test_addresses_outside);
	tcase_add_loop_test(files, test_damaged, 0, 10);
	suite_add_tcase(suite, files);
	return suite_run(suite);
}
