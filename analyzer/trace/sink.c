/* SPDX-License-Identifier: MIT */
#include "sink.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "../util/message.h"

#define INDEX_SLICE_BYTES (1u << 20)

/* Ends the writing, and cuts away what has reached the file of an incomplete chunk. */
static bool fail(struct sink *sink, int reason)
{
	sink->error = reason;
	/* If it stays, the reader finds the chunk cut short and stops before it. */
	if (ftruncate(sink->fd, (off_t)sink->offset))
		verbose("trace keeps an incomplete chunk: %s", strerror(errno));
	return false;
}

static bool write_all(struct sink *sink, const uint8_t *data, size_t bytes)
{
	size_t done = 0;

	while (done < bytes) {
		ssize_t part = pwrite(sink->fd, data + done, bytes - done,
				      (off_t)(sink->offset + done));

		if (part < 0 && errno == EINTR)
			continue;
		if (part <= 0)
			return fail(sink, part < 0 ? errno : ENOSPC);
		done += (size_t)part;
	}
	sink->offset += bytes;
	return true;
}

bool sink_open(struct sink *sink, const char *path)
{
	uint8_t header[FILE_HEADER_BYTES] = FORMAT_MAGIC;

	*sink = (struct sink){.fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
	if (sink->fd < 0)
		return false;
	bytes_store_u16(header + 8, FORMAT_VERSION);
	bytes_store_u32(header + 12, FORMAT_FEATURES);
	chunk_packer_init(&sink->packer);
	if (!write_all(sink, header, sizeof header)) {
		int reason = sink->error;

		unlink(path);
		sink_release(sink);
		errno = reason;
		return false;
	}
	return true;
}

void sink_release(struct sink *sink)
{
	if (sink->fd >= 0)
		close(sink->fd);
	chunk_packer_release(&sink->packer);
	bytes_release(&sink->index);
}

bool sink_write(struct sink *sink, uint32_t type, const struct chunk_payload *payload,
		const struct event_prologue *events)
{
	struct index_entry entry = {.offset = sink->offset, .type = type};
	const struct bytes *chunk;

	if (sink->error)
		return false;
	chunk = chunk_pack(&sink->packer, type, payload);
	if (!write_all(sink, chunk->data, chunk->used))
		return false;
	if (events)
		entry.events = *events;
	index_put(&sink->index, &sink->index_state, &entry);
	return true;
}

uint64_t sink_write_index(struct sink *sink)
{
	uint64_t index_offset = sink->offset;
	struct bytes index = sink->index; /* what is entered from here on is not written */
	struct chunk_payload payload = {0};

	sink->index = (struct bytes){0};
	for (size_t at = 0; at < index.used; at += INDEX_SLICE_BYTES) {
		size_t left = index.used - at;

		chunk_payload_clear(&payload);
		bytes_append(&payload.bytes, index.data + at,
			     left < INDEX_SLICE_BYTES ? left : INDEX_SLICE_BYTES);
		sink_write(sink, CHUNK_INDEX, &payload, NULL);
	}
	chunk_payload_release(&payload);
	bytes_release(&index);
	return index_offset;
}

int sink_close(struct sink *sink)
{
	if (close(sink->fd) && !sink->error)
		sink->error = errno;
	sink->fd = -1;
	return sink->error;
}
