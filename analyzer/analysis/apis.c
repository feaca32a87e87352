/* SPDX-License-Identifier: MIT */
#include "apis.h"

#include <stddef.h>

#include "../trace/trace.h"

static const struct api_facts {
	const char *name;
	const char *word; /* NULL: the name is one */
} facts[API_COUNT] = {
	[API_NONE] = {"?", NULL},
	[API_MALLOC] = {"malloc", NULL},
	[API_CALLOC] = {"calloc", NULL},
	[API_REALLOC] = {"realloc", NULL},
	[API_REALLOCARRAY] = {"reallocarray", NULL},
	[API_POSIX_MEMALIGN] = {"posix_memalign", NULL},
	[API_ALIGNED_ALLOC] = {"aligned_alloc", NULL},
	[API_MEMALIGN] = {"memalign", NULL},
	[API_VALLOC] = {"valloc", NULL},
	[API_PVALLOC] = {"pvalloc", NULL},
	[API_NEW] = {"operator new", "new"},
	[API_NEW_ARRAY] = {"operator new[]", "new[]"},
	[API_NEW_ALIGNED] = {"operator new (aligned)", "new-aligned"},
	[API_NEW_ARRAY_ALIGNED] = {"operator new[] (aligned)", "new[]-aligned"},
	[API_FREE] = {"free", NULL},
	[API_CFREE] = {"cfree", NULL},
	[API_FREE_SIZED] = {"free_sized", NULL},
	[API_FREE_ALIGNED_SIZED] = {"free_aligned_sized", NULL},
	[API_DELETE] = {"operator delete", "delete"},
	[API_DELETE_ARRAY] = {"operator delete[]", "delete[]"},
	[API_DELETE_ALIGNED] = {"operator delete (aligned)", "delete-aligned"},
	[API_DELETE_ARRAY_ALIGNED] = {"operator delete[] (aligned)", "delete[]-aligned"},
	[API_MMAP] = {"mmap", NULL},
	[API_MUNMAP] = {"munmap", NULL},
	[API_MREMAP] = {"mremap", NULL},
	[API_BRK] = {"brk", NULL},
	[API_SBRK] = {"sbrk", NULL},
	[API_PYMEM_RAWMALLOC] = {"PyMem_RawMalloc", NULL},
	[API_PYMEM_RAWFREE] = {"PyMem_RawFree", NULL},
	[API_PYMEM_MALLOC] = {"PyMem_Malloc", NULL},
	[API_PYMEM_FREE] = {"PyMem_Free", NULL},
	[API_PYOBJECT_MALLOC] = {"PyObject_Malloc", NULL},
	[API_PYOBJECT_FREE] = {"PyObject_Free", NULL},
};

const uint8_t apis_families[UINT8_MAX + 1] = {
	[API_MALLOC] = FAMILY_MALLOC,
	[API_CALLOC] = FAMILY_MALLOC,
	[API_REALLOC] = FAMILY_MALLOC,
	[API_REALLOCARRAY] = FAMILY_MALLOC,
	[API_POSIX_MEMALIGN] = FAMILY_MALLOC,
	[API_ALIGNED_ALLOC] = FAMILY_MALLOC,
	[API_MEMALIGN] = FAMILY_MALLOC,
	[API_VALLOC] = FAMILY_MALLOC,
	[API_PVALLOC] = FAMILY_MALLOC,
	[API_NEW] = FAMILY_NEW,
	[API_NEW_ARRAY] = FAMILY_NEW_ARRAY,
	[API_NEW_ALIGNED] = FAMILY_NEW_ALIGNED,
	[API_NEW_ARRAY_ALIGNED] = FAMILY_NEW_ARRAY_ALIGNED,
	[API_FREE] = FAMILY_MALLOC,
	[API_CFREE] = FAMILY_MALLOC,
	[API_FREE_SIZED] = FAMILY_MALLOC,
	[API_FREE_ALIGNED_SIZED] = FAMILY_MALLOC,
	[API_DELETE] = FAMILY_NEW,
	[API_DELETE_ARRAY] = FAMILY_NEW_ARRAY,
	[API_DELETE_ALIGNED] = FAMILY_NEW_ALIGNED,
	[API_DELETE_ARRAY_ALIGNED] = FAMILY_NEW_ARRAY_ALIGNED,
	[API_PYMEM_RAWMALLOC] = FAMILY_MALLOC,
	[API_PYMEM_RAWFREE] = FAMILY_MALLOC,
	[API_PYMEM_MALLOC] = FAMILY_PYTHON_MEM,
	[API_PYMEM_FREE] = FAMILY_PYTHON_MEM,
	[API_PYOBJECT_MALLOC] = FAMILY_PYTHON_OBJECT,
	[API_PYOBJECT_FREE] = FAMILY_PYTHON_OBJECT,
};

static const char *const event_words[] = {
	[EVENT_NONE] = "none",
	[EVENT_ALLOC] = "alloc",
	[EVENT_FREE] = "free",
	[EVENT_REALLOC_BEGIN] = "realloc-begin",
	[EVENT_REALLOC_END] = "realloc-end",
	[EVENT_FAIL] = "fail",
	[EVENT_MAP] = "map",
	[EVENT_UNMAP] = "unmap",
	[EVENT_REMAP_BEGIN] = "remap-begin",
	[EVENT_REMAP_END] = "remap-end",
	[EVENT_BREAK] = "break",
	[EVENT_THREAD_BEGIN] = "thread-begin",
	[EVENT_THREAD_NAME] = "thread-name",
	[EVENT_THREAD_END] = "thread-end",
	[EVENT_LOST] = "lost",
	[EVENT_FORK] = "fork",
	[EVENT_MARK] = "mark",
	[EVENT_MARK_NAME] = "mark-name",
	[EVENT_THREAD_STACK] = "thread-stack",
	[EVENT_THREAD_JOINED] = "thread-joined",
	[EVENT_IGNORE] = "ignore",
	[EVENT_ARENA] = "arena",
	[EVENT_ARENA_END] = "arena-end",
};

static enum family without_alignment(enum family family)
{
	switch (family) {
	case FAMILY_NEW_ALIGNED:
		return FAMILY_NEW;
	case FAMILY_NEW_ARRAY_ALIGNED:
		return FAMILY_NEW_ARRAY;
	default:
		return family;
	}
}

bool apis_differ_in_alignment_only(uint8_t allocation, uint8_t release)
{
	return without_alignment(apis_family(allocation)) ==
	       without_alignment(apis_family(release));
}

bool apis_is_of_interpreter(uint8_t api)
{
	return api >= API_PYMEM_RAWMALLOC && api <= API_PYOBJECT_FREE;
}

const char *apis_release_name(enum family family)
{
	static const uint8_t releases[] = {
		[FAMILY_NONE] = API_NONE,
		[FAMILY_MALLOC] = API_FREE,
		[FAMILY_NEW] = API_DELETE,
		[FAMILY_NEW_ARRAY] = API_DELETE_ARRAY,
		[FAMILY_NEW_ALIGNED] = API_DELETE_ALIGNED,
		[FAMILY_NEW_ARRAY_ALIGNED] = API_DELETE_ARRAY_ALIGNED,
		[FAMILY_PYTHON_MEM] = API_PYMEM_FREE,
		[FAMILY_PYTHON_OBJECT] = API_PYOBJECT_FREE,
	};

	return apis_name(releases[family]);
}

const char *apis_name(uint8_t api)
{
	return api < API_COUNT ? facts[api].name : "?";
}

const char *apis_word(uint8_t api)
{
	return api < API_COUNT && facts[api].word ? facts[api].word : apis_name(api);
}

const char *apis_event_word(uint8_t kind)
{
	return kind < sizeof event_words / sizeof *event_words ? event_words[kind] : "?";
}
