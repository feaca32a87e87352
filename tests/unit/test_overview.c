/* SPDX-License-Identifier: MIT */
/* Resident memory over the run, as the model has it. */
#include "golden_trace.h"
#include "suite.h"

#define POINTS 1000u

static void sample(uint64_t monotonic_ns, uint64_t resident_bytes)
{
	writer_memory(writer, &(struct trace_memory){
				      .monotonic_ns = monotonic_ns,
				      .resident_bytes = resident_bytes,
			      });
}

static const struct model *judge_details(void)
{
	static const struct build_options details = {.details = true};

	return judge_as(&details);
}

START_TEST(test_every_sample_of_few)
{
	const struct model *model;

	sample(program.start_monotonic_ns - 1, 5);
	sample(program.start_monotonic_ns + 30, 70);
	sample(program.start_monotonic_ns + 10, 50);
	model = judge_details();
	ck_assert_uint_eq(model->resident_count, 3);
	ck_assert_uint_eq(model->resident[0].ns, 0);
	ck_assert_uint_eq(model->resident[0].bytes, 5);
	ck_assert_uint_eq(model->resident[1].ns, 10);
	ck_assert_uint_eq(model->resident[1].bytes, 50);
	ck_assert_uint_eq(model->resident[2].ns, 30);
	ck_assert_uint_eq(model->resident[2].bytes, 70);
}
END_TEST

/* Every part is as high as it was, so the highest of all is there, too. */
START_TEST(test_thinned_samples_keep_their_maxima)
{
	const uint32_t count = 7654;
	const struct model *model;
	uint64_t highest = 0;

	for (uint32_t i = 0; i < count; i++)
		sample(program.start_monotonic_ns + i, i == 4321 ? 99999 : i * 7919 % 5000);
	model = judge_details();
	ck_assert_uint_eq(model->resident_count, POINTS);
	for (uint32_t i = 0; i < POINTS; i++) {
		const struct model_resident *point = &model->resident[i];
		uint64_t from = (uint64_t)i * count / POINTS;
		uint64_t to = (uint64_t)(i + 1) * count / POINTS;

		ck_assert(point->ns >= from && point->ns < to);
		for (uint64_t k = from; k < to; k++)
			ck_assert_uint_ge(point->bytes, k == 4321 ? 99999 : k * 7919 % 5000);
		highest = point->bytes > highest ? point->bytes : highest;
	}
	ck_assert_uint_eq(highest, 99999);
	ck_assert_uint_eq(model->run.peak_resident_bytes, 99999);
}
END_TEST

START_TEST(test_only_if_asked_for)
{
	sample(program.start_monotonic_ns, 1);
	ck_assert_uint_eq(judge()->resident_count, 0);
}
END_TEST

START_TEST(test_never_sampled)
{
	ck_assert_uint_eq(judge_details()->resident_count, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("overview");
	TCase *tests = tcase_create("resident memory");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, test_every_sample_of_few);
	tcase_add_test(tests, test_thinned_samples_keep_their_maxima);
	tcase_add_test(tests, test_only_if_asked_for);
	tcase_add_test(tests, test_never_sampled);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
