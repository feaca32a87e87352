/* SPDX-License-Identifier: MIT */
#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

bool source_fail(struct source *source, uint64_t offset, const char *format, ...)
{
	va_list args;

	if (source->damaged)
		return false;
	source->damaged = true;
	source->damage.offset = offset;
	va_start(args, format);
	vsnprintf(source->damage.message, sizeof source->damage.message, format, args);
	va_end(args);
	return false;
}

/* The same of a file that ends too soon. */
static bool fail_cut(struct source *source, uint64_t offset, const char *what)
{
	if (!source->damaged)
		source->damage.cut = true;
	return source_fail(source, offset, "%s", what);
}

static bool read_all(struct source *source, uint64_t offset, uint8_t *to, size_t bytes)
{
	size_t done = 0;

	while (done < bytes) {
		ssize_t part = pread(source->fd, to + done, bytes - done, (off_t)(offset + done));

		if (part < 0 && errno == EINTR)
			continue;
		if (part < 0)
			return source_fail(source, offset + done, "cannot read: %s",
					   strerror(errno));
		if (!part)
			return fail_cut(source, offset + done, "file was cut while being read");
		done += (size_t)part;
	}
	return true;
}

static bool check_file_header(struct source *source)
{
	uint8_t header[FILE_HEADER_BYTES];

	if (source->file_bytes < sizeof header)
		return source_fail(source, source->file_bytes, "too short for a trace");
	if (!read_all(source, 0, header, sizeof header))
		return false;
	if (memcmp(header, FORMAT_MAGIC, sizeof FORMAT_MAGIC - 1))
		return source_fail(source, 0, "not a tenure trace");
	if (bytes_load_u16(header + 8) != FORMAT_VERSION)
		return source_fail(source, 8, "trace has format version %d; this tenure reads %d",
				   bytes_load_u16(header + 8), FORMAT_VERSION);
	if (bytes_load_u16(header + 10))
		return source_fail(source, 10, "reserved field in use");
	if (bytes_load_u32(header + 12) & ~FORMAT_FEATURES)
		return source_fail(source, 12, "trace uses features unknown to this tenure: %#x",
				   (unsigned)(bytes_load_u32(header + 12) & ~FORMAT_FEATURES));
	return true;
}

bool source_open(struct source *source, const char *path)
{
	struct stat status;

	*source = (struct source){0};
	chunk_unpacker_init(&source->unpacker);
	/* Without O_NONBLOCK, opening a pipe would wait for a writer. */
	source->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (source->fd < 0)
		return source_fail(source, 0, "cannot open: %s", strerror(errno));
	if (fstat(source->fd, &status))
		return source_fail(source, 0, "cannot read: %s", strerror(errno));
	if (!S_ISREG(status.st_mode))
		return source_fail(source, 0, "not a regular file");
	source->file_bytes = (uint64_t)status.st_size;
	return check_file_header(source);
}

void source_view(struct source *view, const struct source *source)
{
	*view = (struct source){
		.fd = source->fd, .file_bytes = source->file_bytes, .is_view = true};
	chunk_unpacker_init(&view->unpacker);
}

void source_release(struct source *source)
{
	if (source->fd >= 0 && !source->is_view)
		close(source->fd);
	chunk_unpacker_release(&source->unpacker);
	bytes_release(&source->stored);
}

bool source_header(struct source *source, uint64_t offset, struct chunk_header *header)
{
	uint8_t bytes[CHUNK_HEADER_BYTES];

	if (offset > source->file_bytes || source->file_bytes - offset < sizeof bytes)
		return fail_cut(source, offset, "file ends inside a chunk header");
	if (!read_all(source, offset, bytes, sizeof bytes))
		return false;
	chunk_header_load(header, bytes);
	if (header->stored_bytes > CHUNK_RAW_BYTES_MAX)
		return source_fail(source, offset, "impossible length of %s chunk",
				   chunk_name(header->type));
	if (header->stored_bytes > source->file_bytes - offset - sizeof bytes) {
		char what[64];

		snprintf(what, sizeof what, "file ends inside %s chunk", chunk_name(header->type));
		return fail_cut(source, offset, what);
	}
	return true;
}

uint64_t source_next(uint64_t offset, const struct chunk_header *header)
{
	return offset + CHUNK_HEADER_BYTES + header->stored_bytes;
}

const uint8_t *source_stored(struct source *source, uint64_t offset,
			     const struct chunk_header *header)
{
	uint8_t *to;

	source->stored.used = 0;
	/* One more, so that there is a place to point at even if the payload is empty. */
	to = bytes_reserve(&source->stored, (size_t)header->stored_bytes + 1);
	if (!read_all(source, offset + CHUNK_HEADER_BYTES, to, header->stored_bytes))
		return NULL;
	if (!chunk_intact(header, to)) {
		source_fail(source, offset, "checksum mismatch in %s chunk",
			    chunk_name(header->type));
		return NULL;
	}
	return to;
}

const uint8_t *source_payload(struct source *source, uint64_t offset,
			      const struct chunk_header *header)
{
	const uint8_t *stored = source_stored(source, offset, header);
	const uint8_t *raw;
	const char *problem;

	if (!stored)
		return NULL;
	problem = chunk_unpack(&source->unpacker, header, stored, &raw);
	if (problem) {
		source_fail(source, offset, "%s in %s chunk", problem, chunk_name(header->type));
		return NULL;
	}
	return raw;
}
