/* SPDX-License-Identifier: MIT */
/* Profiles whose bytes are wrong: an error with its offset, whatever they are. */
#include "analyzer/profile/layout.h"
#include "profile_fixture.h"
#include "suite.h"

static void refuse(const uint8_t *data, size_t bytes, const char *what, size_t where)
{
	struct profile profile = {0};
	struct decode_error error = {.message = ""};

	ck_assert_msg(decode_bytes(&profile, data, bytes, &error) == DECODE_BAD,
		      "%s at %zu is not noticed", what, where);
	ck_assert_msg(*error.message, "%s at %zu: no message", what, where);
	ck_assert_uint_le(error.offset, bytes);
	ck_assert_ptr_null(profile.programs);
	ck_assert_uint_eq(profile.pool.strings.count, 0);
}

START_TEST(test_every_changed_byte_is_noticed)
{
	struct profile profile = random_profile();
	struct bytes bytes = bytes_of(&profile);

	for (size_t i = 0; i < bytes.used; i++) {
		bytes.data[i] ^= (uint8_t)(1 + below(255));
		refuse(bytes.data, bytes.used, "another byte", i);
		profile_release(&profile);
		bytes_release(&bytes);
		random_state = 1;
		profile = random_profile();
		bytes = bytes_of(&profile);
	}
	profile_release(&profile);
	bytes_release(&bytes);
}
END_TEST

START_TEST(test_every_cut_is_noticed)
{
	struct profile profile = random_profile();
	struct bytes bytes = bytes_of(&profile);

	for (size_t i = 0; i < bytes.used; i++) {
		/* Of exactly that size, so that sanitizers see what is read behind it. */
		uint8_t *cut = xmalloc(i);

		memcpy(cut, bytes.data, i);
		refuse(cut, i, "a cut", i);
		free(cut);
	}
	profile_release(&profile);
	bytes_release(&bytes);
}
END_TEST

/* Where the chunks of a profile begin, and where they end. */
static uint32_t list_chunks(const struct bytes *bytes, size_t *offsets)
{
	uint32_t count = 0;

	for (size_t at = LAYOUT_HEADER_BYTES; at < bytes->used;) {
		offsets[count++] = at;
		at += CHUNK_HEADER_BYTES + bytes_load_u32(bytes->data + at + 8);
		offsets[count] = at;
	}
	return count;
}

START_TEST(test_missing_and_moved_chunks_are_noticed)
{
	struct profile profile = random_profile();
	struct bytes bytes = bytes_of(&profile);
	size_t offsets[64];
	uint32_t count = list_chunks(&bytes, offsets);
	uint8_t *changed = xmalloc(2 * bytes.used);

	ck_assert_uint_ge(count, 5);
	for (uint32_t i = 0; i < count; i++) {
		size_t begin = offsets[i], end = offsets[i + 1];

		memcpy(changed, bytes.data, begin);
		memcpy(changed + begin, bytes.data + end, bytes.used - end);
		refuse(changed, bytes.used - (end - begin), "a missing chunk", i);
		if (i + 1 == count)
			break; /* whatever is behind the end is another profile, see below */
		memcpy(changed, bytes.data, end);
		memcpy(changed + end, bytes.data + begin, bytes.used - begin);
		refuse(changed, bytes.used + (end - begin), "a chunk twice", i);
	}
	free(changed);
	profile_release(&profile);
	bytes_release(&bytes);
}
END_TEST

START_TEST(test_profiles_may_follow_each_other)
{
	struct profile a = random_profile(), b = random_profile(), first = {0}, second = {0};
	struct bytes bytes = bytes_of(&a);
	struct memory memory = {0};
	struct decode_source source = {.fill = fill_from_memory, .context = &memory};
	struct decode_error error;

	encode_profile(&b, &bytes);
	memory = (struct memory){bytes.data, bytes.used, 0};
	ck_assert_int_eq(decode_profile(&first, &source, &error), DECODE_PROFILE);
	ck_assert_int_eq(decode_profile(&second, &source, &error), DECODE_PROFILE);
	assert_same(&a, &first);
	assert_same(&b, &second);
	profile_release(&second);
	ck_assert_int_eq(decode_profile(&second, &source, &error), DECODE_NOTHING);
	profile_release(&a);
	profile_release(&b);
	profile_release(&first);
	bytes_release(&bytes);
}
END_TEST

START_TEST(test_garbage_behind_a_profile_is_noticed)
{
	struct profile a = random_profile(), back = {0};
	struct bytes bytes = bytes_of(&a);
	size_t whole = bytes.used;
	struct memory memory;
	struct decode_source source = {.fill = fill_from_memory, .context = &memory};
	struct decode_error error;

	bytes_append(&bytes, "x", 1);
	memory = (struct memory){bytes.data, bytes.used, 0};
	ck_assert_int_eq(decode_profile(&back, &source, &error), DECODE_PROFILE);
	profile_release(&back);
	ck_assert_int_eq(decode_profile(&back, &source, &error), DECODE_BAD);
	ck_assert_uint_eq(error.offset, whole);
	profile_release(&a);
	bytes_release(&bytes);
}
END_TEST

/* Changes a payload and makes the checksum right again: what a liar would write. */
static void lie(const struct bytes *bytes, struct bytes *out)
{
	size_t offsets[64];
	uint32_t count = list_chunks(bytes, offsets), chosen = below(count);
	struct chunk_unpacker unpacker;
	struct chunk_packer packer;
	struct chunk_payload payload = {0};

	chunk_unpacker_init(&unpacker);
	chunk_packer_init(&packer);
	out->used = 0;
	bytes_append(out, bytes->data, LAYOUT_HEADER_BYTES);
	for (uint32_t i = 0; i < count; i++) {
		const uint8_t *at = bytes->data + offsets[i];
		struct chunk_header header;
		const struct bytes *packed;
		const uint8_t *raw;

		chunk_header_load(&header, at);
		ck_assert_ptr_null(chunk_unpack(&unpacker, &header, at + CHUNK_HEADER_BYTES, &raw));
		chunk_payload_clear(&payload);
		bytes_append(&payload.bytes, raw, header.raw_bytes);
		for (uint32_t k = i == chosen ? 1 + below(4) : 0; k && header.raw_bytes; k--) {
			uint8_t *victim = &payload.bytes.data[below(header.raw_bytes)];

			*victim = below(4) ? (uint8_t)(*victim + 1) : (uint8_t)next_random();
		}
		if (i == chosen && !below(4))
			payload.bytes.used = below(header.raw_bytes + 1);
		packed = chunk_pack(&packer, header.type, &payload);
		bytes_append(out, packed->data, packed->used);
	}
	chunk_payload_release(&payload);
	chunk_packer_release(&packer);
	chunk_unpacker_release(&unpacker);
}

/* It may be a profile all the same; then it can be added up, written and read again. */
START_TEST(test_lies_are_either_refused_or_a_profile)
{
	struct profile profile = random_profile();
	struct bytes bytes = bytes_of(&profile), lies = {0};
	int believed = 0;

	for (int i = 0; i < 5000; i++) {
		struct profile back = {0};
		struct decode_error error;

		lie(&bytes, &lies);
		if (decode_bytes(&back, lies.data, lies.used, &error) == DECODE_PROFILE) {
			struct bytes again;

			believed++;
			fold_profile(&back, &profile);
			again = bytes_of(&back);
			profile_release(&back);
			back = profile_of(&again);
			bytes_release(&again);
		}
		profile_release(&back);
	}
	ck_assert_int_gt(believed, 100);
	ck_assert_int_lt(believed, 4900);
	profile_release(&profile);
	bytes_release(&bytes);
	bytes_release(&lies);
}
END_TEST

static void refuse_header(size_t at, uint8_t value, const char *part)
{
	struct profile profile = {0}, back = {0};
	struct bytes bytes = bytes_of(&profile);
	struct decode_error error;

	bytes.data[at] = value;
	ck_assert_int_eq(decode_bytes(&back, bytes.data, bytes.used, &error), DECODE_BAD);
	ck_assert_msg(strstr(error.message, part), "%s", error.message);
	bytes_release(&bytes);
}

START_TEST(test_headers_say_what_is_wrong)
{
	refuse_header(0, 'x', "not a tenure profile");
	refuse_header(8, 2, "version 2; this tenure reads 1");
	refuse_header(10, 1, "reserved");
	refuse_header(12, 1, "features unknown to this tenure: 0x1");
	refuse((const uint8_t *)"", 0, "nothing", 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("profile_damage");
	TCase *tcase = tcase_create("profile_damage");

	tcase_add_test(tcase, test_every_changed_byte_is_noticed);
	tcase_add_test(tcase, test_every_cut_is_noticed);
	tcase_add_test(tcase, test_missing_and_moved_chunks_are_noticed);
	tcase_add_test(tcase, test_profiles_may_follow_each_other);
	tcase_add_test(tcase, test_garbage_behind_a_profile_is_noticed);
	tcase_add_test(tcase, test_lies_are_either_refused_or_a_profile);
	tcase_add_test(tcase, test_headers_say_what_is_wrong);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
