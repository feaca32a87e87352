/* SPDX-License-Identifier: MIT */
#include "apis.h"

#include <stddef.h>

#include "../trace/trace.h"

static const struct api_facts {
	const char *name;
	const char *word; /* NULL: the name is one */
	enum family family;
} facts[API_COUNT] = {
	[API_NONE] = {"?", NULL, FAMILY_NONE},
	[API_MALLOC] = {"malloc", NULL, FAMILY_MALLOC},
	[API_CALLOC] = {"calloc", NULL, FAMILY_MALLOC},
	[API_REALLOC] = {"realloc", NULL, FAMILY_MALLOC},
	[API_REALLOCARRAY] = {"reallocarray", NULL, FAMILY_MALLOC},
	[API_POSIX_MEMALIGN] = {"posix_memalign", NULL, FAMILY_MALLOC},
	[API_ALIGNED_ALLOC] = {"aligned_alloc", NULL, FAMILY_MALLOC},
	[API_MEMALIGN] = {"memalign", NULL, FAMILY_MALLOC},
	[API_VALLOC] = {"valloc", NULL, FAMILY_MALLOC},
	[API_PVALLOC] = {"pvalloc", NULL, FAMILY_MALLOC},
	[API_NEW] = {"operator new", "new", FAMILY_NEW},
	[API_NEW_ARRAY] = {"operator new[]", "new[]", FAMILY_NEW_ARRAY},
	[API_NEW_ALIGNED] = {"operator new (aligned)", "new-aligned", FAMILY_NEW_ALIGNED},
	[API_NEW_ARRAY_ALIGNED] = {"operator new[] (aligned)", "new[]-aligned",
				   FAMILY_NEW_ARRAY_ALIGNED},
	[API_FREE] = {"free", NULL, FAMILY_MALLOC},
	[API_CFREE] = {"cfree", NULL, FAMILY_MALLOC},
	[API_FREE_SIZED] = {"free_sized", NULL, FAMILY_MALLOC},
	[API_FREE_ALIGNED_SIZED] = {"free_aligned_sized", NULL, FAMILY_MALLOC},
	[API_DELETE] = {"operator delete", "delete", FAMILY_NEW},
	[API_DELETE_ARRAY] = {"operator delete[]", "delete[]", FAMILY_NEW_ARRAY},
	[API_DELETE_ALIGNED] = {"operator delete (aligned)", "delete-aligned", FAMILY_NEW_ALIGNED},
	[API_DELETE_ARRAY_ALIGNED] = {"operator delete[] (aligned)", "delete[]-aligned",
				      FAMILY_NEW_ARRAY_ALIGNED},
	[API_MMAP] = {"mmap", NULL, FAMILY_NONE},
	[API_MUNMAP] = {"munmap", NULL, FAMILY_NONE},
	[API_MREMAP] = {"mremap", NULL, FAMILY_NONE},
	[API_BRK] = {"brk", NULL, FAMILY_NONE},
	[API_SBRK] = {"sbrk", NULL, FAMILY_NONE},
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
};

enum family apis_family(uint8_t api)
{
	return api < API_COUNT ? facts[api].family : FAMILY_NONE;
}

bool apis_release_fits(uint8_t allocation, uint8_t release)
{
	enum family from = apis_family(allocation);
	enum family to = apis_family(release);

	return from == to || from == FAMILY_NONE || to == FAMILY_NONE;
}

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

const char *apis_release_name(enum family family)
{
	static const uint8_t releases[] = {
		[FAMILY_NONE] = API_NONE,
		[FAMILY_MALLOC] = API_FREE,
		[FAMILY_NEW] = API_DELETE,
		[FAMILY_NEW_ARRAY] = API_DELETE_ARRAY,
		[FAMILY_NEW_ALIGNED] = API_DELETE_ALIGNED,
		[FAMILY_NEW_ARRAY_ALIGNED] = API_DELETE_ARRAY_ALIGNED,
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
