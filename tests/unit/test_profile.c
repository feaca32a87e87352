/* SPDX-License-Identifier: MIT */
/* Profiles as bytes and back, and that it does not matter in which order they are added up. */
#include "profile_fixture.h"
#include "suite.h"

#define ROUNDS 200
#define RUNS 9

static struct profile copy_of(const struct profile *profile)
{
	struct profile copy = {0};

	fold_profile(&copy, profile);
	return copy;
}

static struct profile sum_of(const struct profile *a, const struct profile *b)
{
	struct profile sum = copy_of(a);

	fold_profile(&sum, b);
	return sum;
}

START_TEST(test_bytes_come_back_as_they_were)
{
	for (int i = 0; i < ROUNDS; i++) {
		struct profile profile = random_profile();
		struct bytes bytes = bytes_of(&profile);
		struct profile back = profile_of(&bytes);

		ck_assert_uint_eq(back.skipped, profile.skipped);
		ck_assert_uint_eq(back.program_count, profile.program_count);
		ck_assert_uint_eq(profile_site_count(&back), profile_site_count(&profile));
		for (size_t k = 0; k < back.program_count; k++) {
			const struct profile_program *x = &back.programs[k];
			const struct profile_program *y = &profile.programs[k];

			ck_assert_mem_eq(x->numbers, y->numbers, sizeof x->numbers);
			ck_assert_mem_eq(x->sizes, y->sizes, sizeof x->sizes);
			ck_assert_str_eq(pool_text(&back.pool, x->name),
					 pool_text(&profile.pool, y->name));
		}
		assert_same(&back, &profile);
		profile_release(&profile);
		profile_release(&back);
		bytes_release(&bytes);
	}
}
END_TEST

START_TEST(test_nothing_is_a_profile_too)
{
	struct profile nothing = {0}, more = random_profile();
	struct bytes bytes = bytes_of(&nothing);
	struct profile back = profile_of(&bytes), sum;

	ck_assert_uint_eq(back.program_count, 0);
	sum = sum_of(&nothing, &more);
	assert_same(&sum, &more);
	profile_release(&sum);
	sum = sum_of(&more, &nothing);
	assert_same(&sum, &more);
	profile_release(&sum);
	profile_release(&more);
	bytes_release(&bytes);
}
END_TEST

START_TEST(test_two_add_up_either_way)
{
	for (int i = 0; i < ROUNDS; i++) {
		struct profile a = random_profile(), b = random_profile();
		struct profile x = sum_of(&a, &b), y = sum_of(&b, &a);

		assert_same(&x, &y);
		profile_release(&a);
		profile_release(&b);
		profile_release(&x);
		profile_release(&y);
	}
}
END_TEST

START_TEST(test_three_add_up_in_any_grouping)
{
	for (int i = 0; i < ROUNDS; i++) {
		struct profile a = random_profile(), b = random_profile(), c = random_profile();
		struct profile ab = sum_of(&a, &b), bc = sum_of(&b, &c);
		struct profile x = sum_of(&ab, &c), y = sum_of(&a, &bc);

		assert_same(&x, &y);
		profile_release(&a);
		profile_release(&b);
		profile_release(&c);
		profile_release(&ab);
		profile_release(&bc);
		profile_release(&x);
		profile_release(&y);
	}
}
END_TEST

static uint64_t count_runs(const struct profile *profile)
{
	uint64_t runs = 0;

	for (size_t i = 0; i < profile->program_count; i++) {
		const struct profile_program *program = &profile->programs[i];

		for (size_t k = 0; k < program->site_count; k++)
			runs += program->sites[k].runs;
	}
	return runs;
}

START_TEST(test_sums_hold_all_of_both)
{
	for (int i = 0; i < ROUNDS; i++) {
		struct profile a = random_profile(), b = random_profile();
		struct profile sum = sum_of(&a, &b);

		ck_assert_uint_eq(sum.skipped, a.skipped + b.skipped);
		ck_assert_uint_eq(count_runs(&sum), count_runs(&a) + count_runs(&b));
		ck_assert_uint_ge(profile_site_count(&sum), profile_site_count(&a));
		ck_assert_uint_le(profile_site_count(&sum),
				  profile_site_count(&a) + profile_site_count(&b));
		profile_release(&a);
		profile_release(&b);
		profile_release(&sum);
	}
}
END_TEST

/* As workers would: any two of what is left, through their bytes, until one is left. */
static struct profile merge_at_random(const struct profile *runs)
{
	struct profile left[RUNS];
	uint32_t count = RUNS;

	for (uint32_t i = 0; i < RUNS; i++)
		left[i] = copy_of(&runs[i]);
	while (count > 1) {
		uint32_t a = below(count), b = (a + 1 + below(count - 1)) % count;
		struct profile sum = sum_of(&left[a], &left[b]);
		struct bytes bytes = bytes_of(&sum);

		profile_release(&sum);
		profile_release(&left[a]);
		profile_release(&left[b]);
		left[a] = profile_of(&bytes);
		left[b] = left[--count];
		bytes_release(&bytes);
	}
	return left[0];
}

START_TEST(test_any_tree_of_merges_comes_to_the_same)
{
	struct profile runs[RUNS], first;

	for (uint32_t i = 0; i < RUNS; i++)
		runs[i] = random_profile();
	first = merge_at_random(runs);
	for (int i = 0; i < 20; i++) {
		struct profile other = merge_at_random(runs);

		assert_same(&first, &other);
		profile_release(&other);
	}
	profile_release(&first);
	for (uint32_t i = 0; i < RUNS; i++)
		profile_release(&runs[i]);
}
END_TEST

START_TEST(test_numbers_follow_their_rules)
{
	for (int i = 0; i < ROUNDS; i++) {
		uint64_t a[PROFILE_PART_NUMBERS], b[PROFILE_PART_NUMBERS],
			sum[PROFILE_PART_NUMBERS];

		for (int k = 0; k < PROFILE_PART_NUMBERS; k++) {
			sum[k] = a[k] = random_number();
			b[k] = random_number();
		}
		profile_add_numbers(sum, b, profile_part_rules, PROFILE_PART_NUMBERS);
		for (int k = 0; k < PROFILE_PART_NUMBERS; k++) {
			uint64_t least = a[k] < b[k] ? a[k] : b[k];
			uint64_t most = a[k] < b[k] ? b[k] : a[k];
			uint64_t all = a[k] + b[k] < a[k] ? UINT64_MAX : a[k] + b[k];

			ck_assert_uint_eq(sum[k], profile_part_rules[k] == RULE_MIN   ? least
						  : profile_part_rules[k] == RULE_MAX ? most
										      : all);
		}
	}
	ck_assert_int_eq(profile_part_rules[PART_MIN_BYTES], RULE_MIN);
	ck_assert_int_eq(profile_part_rules[PART_STACKS], RULE_MAX);
	ck_assert_int_eq(profile_total_rules[TOTAL_FIRST_START_NS], RULE_MIN);
	ck_assert_int_eq(profile_total_rules[TOTAL_LONGEST_NS], RULE_MAX);
	ck_assert_int_eq(profile_total_rules[TOTAL_LIVE_BYTES], RULE_ADD);
}
END_TEST

/* On a plain array, where each bucket has its place; its `bucket` says that it is in use. */
static void spread(struct profile_bucket *plain, const struct profile_ages *ages)
{
	for (uint32_t k = 0; k < ages->count; k++) {
		struct profile_bucket *to = &plain[ages->list[k].bucket];

		to->blocks = ages_add_saturated(to->blocks, ages->list[k].blocks);
		to->bytes = ages_add_saturated(to->bytes, ages->list[k].bytes);
		to->byte_ms = ages_add_saturated(to->byte_ms, ages->list[k].byte_ms);
		to->bucket = 1;
	}
}

START_TEST(test_histograms_lose_nothing)
{
	for (int i = 0; i < ROUNDS; i++) {
		struct profile_ages a = {0}, b = {0};
		struct profile_bucket plain[AGES_BUCKETS] = {{0}};

		fill_ages(&a);
		fill_ages(&b);
		spread(plain, &a);
		spread(plain, &b);
		fold_ages(&a, &b);
		for (uint32_t k = 0; k < a.count; k++) {
			struct profile_bucket *other = &plain[a.list[k].bucket];

			ck_assert_uint_eq(a.list[k].blocks, other->blocks);
			ck_assert_uint_eq(a.list[k].bytes, other->bytes);
			ck_assert_uint_eq(a.list[k].byte_ms, other->byte_ms);
			ck_assert(!k || a.list[k - 1].bucket < a.list[k].bucket);
			other->bucket = 0;
		}
		for (uint32_t k = 0; k < AGES_BUCKETS; k++)
			ck_assert_uint_eq(plain[k].bucket, 0);
		free(a.list);
		free(b.list);
	}
}
END_TEST

/* What a smaller stack has replaced is in the pool still, and must not be in the file. */
START_TEST(test_nothing_unused_is_written)
{
	struct profile sum = {0}, back;
	struct bytes bytes;

	for (int i = 0; i < ROUNDS; i++) {
		struct profile more = random_profile();

		fold_profile(&sum, &more);
		profile_release(&more);
	}
	bytes = bytes_of(&sum);
	back = profile_of(&bytes);
	ck_assert_uint_lt(back.pool.frames.count, sum.pool.frames.count);
	assert_same(&back, &sum);
	profile_release(&back);
	profile_release(&sum);
	bytes_release(&bytes);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("profile");
	TCase *tcase = tcase_create("profile");

	tcase_add_test(tcase, test_bytes_come_back_as_they_were);
	tcase_add_test(tcase, test_nothing_is_a_profile_too);
	tcase_add_test(tcase, test_two_add_up_either_way);
	tcase_add_test(tcase, test_three_add_up_in_any_grouping);
	tcase_add_test(tcase, test_sums_hold_all_of_both);
	tcase_add_test(tcase, test_any_tree_of_merges_comes_to_the_same);
	tcase_add_test(tcase, test_numbers_follow_their_rules);
	tcase_add_test(tcase, test_histograms_lose_nothing);
	tcase_add_test(tcase, test_nothing_unused_is_written);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
