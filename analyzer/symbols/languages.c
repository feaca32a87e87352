/* SPDX-License-Identifier: MIT */
#include "languages.h"

#include <dwarf.h>
#include <stddef.h>

/* Numbers from the registry at dwarfstd.org that came after elfutils 0.188. */
enum {
	LANG_ZIG = 0x27,
	LANG_CRYSTAL = 0x28,
	LANG_C_PLUS_PLUS_17 = 0x2a,
	LANG_C_PLUS_PLUS_20 = 0x2b,
	LANG_C17 = 0x2c,
	LANG_FORTRAN18 = 0x2d,
	LANG_ADA2005 = 0x2e,
	LANG_ADA2012 = 0x2f,
	LANG_ASSEMBLY = 0x31,
};

struct language languages_find(int dwarf_language)
{
	switch (dwarf_language) {
	case DW_LANG_C:
	case DW_LANG_C89:
	case DW_LANG_C99:
	case DW_LANG_C11:
	case LANG_C17:
		return (struct language){"c", NULL};
	case DW_LANG_C_plus_plus:
	case DW_LANG_C_plus_plus_03:
	case DW_LANG_C_plus_plus_11:
	case DW_LANG_C_plus_plus_14:
	case LANG_C_PLUS_PLUS_17:
	case LANG_C_PLUS_PLUS_20:
		return (struct language){"c++", "::"};
	case DW_LANG_Rust:
		return (struct language){"rust", "::"};
	case DW_LANG_Go:
		return (struct language){"go", NULL};
	case DW_LANG_Fortran77:
	case DW_LANG_Fortran90:
	case DW_LANG_Fortran95:
	case DW_LANG_Fortran03:
	case DW_LANG_Fortran08:
	case LANG_FORTRAN18:
		return (struct language){"fortran", "::"};
	case DW_LANG_Ada83:
	case DW_LANG_Ada95:
	case LANG_ADA2005:
	case LANG_ADA2012:
		return (struct language){"ada", NULL};
	case DW_LANG_Pascal83:
		return (struct language){"pascal", "."};
	case DW_LANG_D:
		return (struct language){"d", "."};
	case DW_LANG_ObjC:
		return (struct language){"objective-c", NULL};
	case DW_LANG_ObjC_plus_plus:
		return (struct language){"objective-c++", "::"};
	case DW_LANG_Mips_Assembler:
	case LANG_ASSEMBLY:
		return (struct language){"asm", NULL};
	case DW_LANG_Swift:
		return (struct language){"swift", "."};
	case DW_LANG_Java:
		return (struct language){"java", "."};
	case DW_LANG_Haskell:
		return (struct language){"haskell", NULL};
	case DW_LANG_OCaml:
		return (struct language){"ocaml", NULL};
	case DW_LANG_Julia:
		return (struct language){"julia", NULL};
	case DW_LANG_Modula2:
	case DW_LANG_Modula3:
		return (struct language){"modula", "."};
	case DW_LANG_Cobol74:
	case DW_LANG_Cobol85:
		return (struct language){"cobol", NULL};
	case DW_LANG_OpenCL:
		return (struct language){"opencl", NULL};
	case LANG_ZIG:
		return (struct language){"zig", "."};
	case LANG_CRYSTAL:
		return (struct language){"crystal", "::"};
	default:
		return (struct language){"", NULL};
	}
}
