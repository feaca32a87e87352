/* SPDX-License-Identifier: MIT */
/*
 * protobuf.h - the wire format of Protocol Buffers, as far as a writer needs it: each field is its
 * number and kind, then its value (protobuf.dev/programming-guides/encoding).
 */
#ifndef TENURE_REPORT_EXPORT_PROTOBUF_H
#define TENURE_REPORT_EXPORT_PROTOBUF_H

#include "../../analyzer/util/bytes.h"

enum protobuf_kind { PROTOBUF_VARINT = 0, PROTOBUF_BYTES = 2 };

/* Of any integer or bool; negative ones as their two's complement. 0 is what is not there. */
static inline void protobuf_number(struct bytes *message, unsigned field, uint64_t value)
{
	if (!value)
		return;
	bytes_put_varint(message, field << 3 | PROTOBUF_VARINT);
	bytes_put_varint(message, value);
}

/* A string, a message, or the numbers of a repeated field. */
static inline void protobuf_bytes(struct bytes *message, unsigned field, const void *data,
				  size_t count)
{
	bytes_put_varint(message, field << 3 | PROTOBUF_BYTES);
	bytes_put_string(message, data, count);
}

/* The same of what was put together in a buffer, which is empty then. */
static inline void protobuf_part(struct bytes *message, unsigned field, struct bytes *part)
{
	protobuf_bytes(message, field, part->data, part->used);
	part->used = 0;
}

#endif
