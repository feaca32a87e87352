/* SPDX-License-Identifier: MIT */
#include "sources.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "../util/array.h"
#include "texts.h"

#define LINES_AROUND 3u
#define LINE_BYTES_MAX 300u
#define GIVEN_BYTES_MAX (64ull << 20)
#define FIRST_SLOTS 256u

struct answer {
	uint64_t key; /* file, newer, line; 0: a free slot */
	const struct model_source *source;
};

struct sources {
	struct arena *arena;
	struct texts texts;
	struct answer *answers;
	size_t answer_count;
	size_t slot_count; /* a power of two, at least twice answer_count */
	uint64_t given_bytes;
};

struct sources *sources_new(struct arena *arena)
{
	struct sources *s = xcalloc(1, sizeof *s);

	s->arena = arena;
	s->slot_count = FIRST_SLOTS;
	s->answers = xcalloc(s->slot_count, sizeof *s->answers);
	return s;
}

void sources_free(struct sources *s)
{
	if (!s)
		return;
	texts_release(&s->texts);
	free(s->answers);
	free(s);
}

static struct answer *find_answer(const struct sources *s, uint64_t key)
{
	size_t slot = XXH64(&key, sizeof key, 0);

	for (;; slot++) {
		struct answer *answer = &s->answers[slot & (s->slot_count - 1)];

		if (answer->key == key || !answer->key)
			return answer;
	}
}

static void make_room(struct sources *s)
{
	struct answer *old = s->answers;
	size_t count = s->slot_count;

	if (2 * (s->answer_count + 1) <= count)
		return;
	s->slot_count = 2 * count;
	s->answers = xcalloc(s->slot_count, sizeof *s->answers);
	for (size_t i = 0; i < count; i++)
		if (old[i].key)
			*find_answer(s, old[i].key) = old[i];
	free(old);
}

/* What is cut off begins with a character. */
static size_t cut(const char *line, size_t bytes)
{
	size_t shown = LINE_BYTES_MAX;

	if (bytes <= LINE_BYTES_MAX)
		return bytes;
	while (shown > LINE_BYTES_MAX - 3 && ((unsigned char)line[shown] & 0xc0) == 0x80)
		shown--;
	return shown;
}

static const struct model_source *quote(struct sources *s, const struct text *text, uint32_t line,
					bool newer)
{
	struct model_source *source;
	uint32_t first, last;
	const char **lines;

	if (line > text->line_count || s->given_bytes > GIVEN_BYTES_MAX)
		return NULL;
	first = line > LINES_AROUND ? line - LINES_AROUND : 1;
	last = text->line_count - line > LINES_AROUND ? line + LINES_AROUND : text->line_count;
	source = arena_alloc(s->arena, sizeof *source);
	lines = arena_alloc(s->arena, (last - first + 1) * sizeof *lines);
	for (uint32_t i = first; i <= last; i++) {
		size_t bytes;
		const char *at = texts_line(text, i, &bytes);

		bytes = cut(at, bytes);
		lines[i - first] = arena_strndup(s->arena, at, bytes);
		s->given_bytes += bytes + sizeof *lines;
	}
	*source = (struct model_source){first, last - first + 1, lines, newer};
	return source;
}

/* The number of a source file. False if there is no telling where it would be. */
static bool locate(struct texts *texts, const char *module, const char *file, uint32_t *number)
{
	const char *slash = strrchr(module, '/');
	size_t folder_bytes;
	char *path;

	if (*file == '/') {
		*number = texts_find(texts, file);
		return true;
	}
	if (!*file || *module != '/')
		return false;
	folder_bytes = (size_t)(slash - module) + 1;
	path = xmalloc(folder_bytes + strlen(file) + 1);
	memcpy(path, module, folder_bytes);
	strcpy(path + folder_bytes, file);
	*number = texts_find(texts, path);
	free(path);
	return true;
}

const struct model_source *sources_find(struct sources *s, const char *module, const char *file,
					uint32_t line)
{
	const struct text *text;
	struct answer *answer;
	uint32_t number;
	uint64_t key;
	bool newer;

	if (!line || !locate(&s->texts, module, file, &number))
		return NULL;
	newer = texts_is_newer(&s->texts, number, texts_find(&s->texts, module));
	key = (uint64_t)number << 33 | (uint64_t)newer << 32 | line;
	make_room(s);
	answer = find_answer(s, key);
	if (!answer->key) {
		text = texts_read(&s->texts, number);
		answer->key = key;
		answer->source = text ? quote(s, text, line, newer) : NULL;
		s->answer_count++;
	}
	return answer->source;
}
