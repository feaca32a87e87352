/* SPDX-License-Identifier: MIT */
#include "reader_words.h"

#include <stdlib.h>

#include "../util/array.h"
#include "word_codec.h"

struct reader_words {
	const struct catalog_snapshot *snapshot;
	const uint64_t *chunks;
	uint32_t next; /* of chunks */
	uint64_t words_left; /* as the snapshot counts them */
	uint64_t last_address;
	struct source source;
	struct reader_words_damage *damage;
	struct trace_word words[WORDS_PER_CHUNK_MAX];
};

struct reader_words *reader_words_open(const struct catalog_snapshot *snapshot,
				       const uint64_t *chunks, const struct source *source,
				       struct reader_words_damage *damage)
{
	struct reader_words *w = xmalloc(sizeof *w);

	w->snapshot = snapshot;
	w->chunks = chunks;
	w->next = 0;
	w->words_left = snapshot->record.word_count;
	w->last_address = 0;
	w->damage = damage;
	source_view(&w->source, source);
	return w;
}

void reader_words_free(struct reader_words *w)
{
	if (!w)
		return;
	source_release(&w->source);
	free(w);
}

static bool take_chunk(struct reader_words *w, uint64_t offset, uint32_t *count)
{
	struct chunk_header header;
	const uint8_t *payload;
	const char *problem;

	if (!source_header(&w->source, offset, &header))
		return false;
	if (header.type != CHUNK_WORDS)
		return source_fail(&w->source, offset, "index names another chunk type");
	payload = source_payload(&w->source, offset, &header);
	if (!payload)
		return false;
	problem = word_codec_take(payload, header.raw_bytes, w->snapshot->record.number, w->words,
				  count);
	if (!problem && w->words[0].address <= w->last_address)
		problem = "addresses out of order";
	if (problem)
		return source_fail(&w->source, offset, "%s in word chunk", problem);
	return true;
}

/* Are the words at hand as many as the snapshot counts, as far as can be told by now? */
static bool compare_count(struct reader_words *w, uint64_t offset, uint32_t count)
{
	bool last = w->next + 1 == w->snapshot->chunk_count;

	if (last ? count == w->words_left : count < w->words_left)
		return true;
	return source_fail(&w->source, offset, "snapshot counts %llu words, but word chunks do not",
			   (unsigned long long)w->snapshot->record.word_count);
}

size_t reader_words_next(struct reader_words *w, const struct trace_word **batch)
{
	uint64_t offset;
	uint32_t count;

	if (w->source.damaged || w->next == w->snapshot->chunk_count)
		return 0;
	offset = w->chunks[w->next];
	if (!take_chunk(w, offset, &count) || !compare_count(w, offset, count)) {
		if (!w->damage->met)
			*w->damage = (struct reader_words_damage){true, w->source.damage};
		return 0;
	}
	w->next++;
	w->words_left -= count;
	w->last_address = w->words[count - 1].address;
	*batch = w->words;
	return count;
}

bool reader_words_complete(const struct reader_words *w)
{
	return !w->words_left;
}
