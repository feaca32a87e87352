/* SPDX-License-Identifier: MIT */
/* Survival curves against R's, and where there is no curve to speak of. */
#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "analyzer/analysis/survival.h"
#include "suite.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/*
 * What survival_reference.R prints: by Kaplan and Meier where the name ends in "apart" or in
 * "ungrouped", by life table elsewhere.
 */
static const struct survival_point mercaptopurine_apart[] = {
	{80, 0.857142857142857, 0.619717955265984, 0.951551747646997},
	{112, 0.80672268907563, 0.563146564622233, 0.92280901920288},
	{320, 0.752941176470588, 0.503199510799957, 0.889361835169265},
	{896, 0.690196078431372, 0.431610222486184, 0.849065963349451},
	{2560, 0.627450980392157, 0.367510855987502, 0.804912189471841},
	{20480, 0.53781512605042, 0.267778936767135, 0.746790717635394},
	{28672, 0.448179271708683, 0.188052005959232, 0.680142628495241},
};
static const struct survival_point placebo_apart[] = {
	{14, 0.904761904761905, 0.670045882235034, 0.975294149038113},
	{20, 0.80952380952381, 0.568905059924173, 0.923888828559295},
	{40, 0.666666666666667, 0.425350435565247, 0.82504400879734},
	{56, 0.571428571428571, 0.337976953859493, 0.749240709943216},
	{160, 0.380952380952381, 0.183066548820394, 0.577788677745831},
	{640, 0.19047619047619, 0.0594817013611753, 0.37743489058515},
	{1792, 0.142857142857143, 0.0356573551906667, 0.321161574680869},
	{20480, 0.0476190476190476, 0.00332446304253118, 0.197044905698946},
};
static const struct survival_point cured_apart[] = {
	{40, 0.9975, 0.98238704458148, 0.99964746266762},
	{160, 0.99, 0.97357705152847, 0.996235050301648},
	{224, 0.9875, 0.970231009175384, 0.994778073155},
	{896, 0.977487244897959, 0.957180955958965, 0.988222528573521},
	{1792, 0.949865146188009, 0.923365467078666, 0.967362736732961},
	{3584, 0.884414422799666, 0.848725290635464, 0.912120287168489},
	{7168, 0.749190631609366, 0.703336280585361, 0.789039920072319},
	{10240, 0.671419977809086, 0.622476143307488, 0.715512701243757},
	{20480, 0.288703295057931, 0.243625075970253, 0.335210432231022},
};
static const struct survival_point censored_apart[] = {
	{7168, 0.997955010224949, 0.99184826779675, 0.999488160348699},
	{14336, 0.995842936129235, 0.988960578344203, 0.998437975263208},
	{28672, 0.992516066632144, 0.984358507445823, 0.996426892003956},
	{40960, 0.986670860114875, 0.976629112463255, 0.992414698930002},
	{57344, 0.984201095759144, 0.9734405911687, 0.990622951893247},
	{81920, 0.980048348519654, 0.968020566665297, 0.987581320971386},
	{114688, 0.964541254397507, 0.948461758547688, 0.975668335322735},
	{163840, 0.960401592361466, 0.943068098477875, 0.972534466488306},
	{229376, 0.948760360938903, 0.927020345661988, 0.964149232576661},
};
static const struct survival_point mercaptopurine[] = {
	{7, 0.857142857142857, 0.619717955265984, 0.951551747646997},
	{8, 0.80672268907563, 0.563146564622233, 0.92280901920288},
	{12, 0.749099639855942, 0.495771254404887, 0.887860554231773},
	{14, 0.686674669867947, 0.426230439688146, 0.847308386851937},
	{20, 0.618007202881153, 0.353478730023924, 0.800344386315379},
	{24, 0.453205282112845, 0.197066418904128, 0.680028736911857},
};
static const struct survival_point mercaptopurine_ungrouped[] = {
	{7, 0.857142857142857, 0.619717955265984, 0.951551747646997},
	{8, 0.80672268907563, 0.563146564622233, 0.92280901920288},
	{12, 0.752941176470588, 0.503199510799957, 0.889361835169265},
	{14, 0.690196078431372, 0.431610222486184, 0.849065963349451},
	{20, 0.627450980392157, 0.367510855987502, 0.804912189471841},
	{24, 0.448179271708683, 0.188052005959232, 0.680142628495241},
};
static const struct survival_point cured[] = {
	{7, 0.9975, 0.98238704458148, 0.99964746266762},
	{40, 0.9875, 0.970231009175384, 0.994778073155},
	{224, 0.972461782507534, 0.950825463384733, 0.98465477199705},
	{384, 0.949846392216661, 0.923337243061736, 0.967350399855976},
	{512, 0.927180864750018, 0.896900294757708, 0.948821128775507},
	{896, 0.858711653038804, 0.820375829360845, 0.889419543424312},
	{1536, 0.748162363161056, 0.702144998787834, 0.788162530763188},
	{2560, 0.551799010245651, 0.500539022611836, 0.600010214430731},
	{4096, 0.28511030706094, 0.240096716033126, 0.33162825547816},
};
static const struct survival_point cured_ungrouped[] = {
	{7, 0.9975, 0.98238704458148, 0.99964746266762},
	{40, 0.9875, 0.970231009175384, 0.994778073155},
	{224, 0.972461603536016, 0.950825051939808, 0.984654701958608},
	{384, 0.949846217407272, 0.923336922981663, 0.967350309713935},
	{512, 0.927177367008719, 0.896895339365829, 0.948818685561637},
	{896, 0.858684958360796, 0.820341895829675, 0.889398775098384},
	{1536, 0.747972582929298, 0.701923632107542, 0.78800173747873},
	{2560, 0.551748131471533, 0.50048479762815, 0.599963130825947},
	{4096, 0.284984419471126, 0.239960310581583, 0.331516431694574},
};
static const struct survival_point censored_table[] = {
	{1280, 0.997946611909651, 0.991814893534657, 0.999486056717822},
	{3072, 0.995804991911523, 0.988858984380152, 0.998423867012534},
	{6144, 0.992349335490777, 0.984003823396194, 0.996348893762995},
	{8192, 0.986359196497777, 0.976079311767556, 0.992238839209475},
	{14336, 0.982263841322011, 0.970681662580948, 0.989295666535356},
	{20480, 0.972641072140963, 0.958085511396682, 0.982188841139458},
	{28672, 0.958949819071816, 0.940459362891469, 0.971784021757349},
	{32768, 0.956282364776763, 0.936844951452268, 0.969833616271118},
	{49152, 0.933092864206433, 0.895472042619661, 0.957492804133538},
};
static const struct survival_point censored_ungrouped[] = {
	{1280, 0.99794765735681, 0.991819025675841, 0.999486319992879},
	{3072, 0.995814063624105, 0.98888337832699, 0.998427225061815},
	{6144, 0.992341560341615, 0.983985714191042, 0.996345617035263},
	{8192, 0.986347457582879, 0.976057560057099, 0.99223255704432},
	{14336, 0.98232170899874, 0.970784585333382, 0.989327828707416},
	{20480, 0.972821179638542, 0.958368158526209, 0.982302884860148},
	{28672, 0.959156602701984, 0.940753553265657, 0.97192846228975},
	{32768, 0.956318861273872, 0.936822428759646, 0.9698952454624},
	{49152, 0.938663453886593, 0.909564503503242, 0.958611678546593},
};
static const struct survival_point tied[] = {
	{2, 0.96, 0.930638879617754, 0.97708434942049},
	{4, 0.908292082519466, 0.869082392801683, 0.936188028164453},
	{5, 0.868486453405067, 0.823702657732482, 0.902566528007076},
	{7, 0.815129056140952, 0.764376937429453, 0.855983844567887},
	{10, 0.701461106511251, 0.642120747092848, 0.752889121712918},
	{14, 0.606951633174537, 0.543062190368966, 0.664750376501771},
	{20, 0.463302736008371, 0.395015975646954, 0.52872117969796},
	{24, 0.361103603065348, 0.292215102173833, 0.430272910899799},
	{32, 0.134641039063047, 0.0794644908289474, 0.204408453726244},
};
static const struct survival_point tied_ungrouped[] = {
	{2, 0.96, 0.930638879617754, 0.97708434942049},
	{4, 0.908292082519466, 0.869082392801683, 0.936188028164452},
	{5, 0.868486453405067, 0.823702657732481, 0.902566528007076},
	{7, 0.815129056140952, 0.764376937429453, 0.855983844567887},
	{10, 0.702793281774928, 0.643700479070368, 0.75399147361483},
	{14, 0.609616846120583, 0.546050600791721, 0.667078535099054},
	{20, 0.464444569876206, 0.395879054909941, 0.530087005029923},
	{24, 0.360331085481581, 0.290819257027314, 0.43015817899989},
	{32, 0.13722920836323, 0.0817356569682434, 0.206975593657988},
};

/* Ages in weeks, negative where the patient left or the study ended: see the script. */
static const int mercaptopurine_weeks[] = {6,	6,   6,	  -6, 7,  -9,  10,  -10, -11, 13, 16,
					   -17, -19, -20, 22, 23, -25, -32, -32, -34, -35};
static const int placebo_weeks[] = {1, 1, 2,  2,  3,  4,  4,  5,  5,  8, 8,
				    8, 8, 11, 11, 12, 12, 15, 17, 22, 23};

static struct ages deaths, censored;
static struct survival s;

static void setup(void)
{
	deaths = censored = (struct ages){0};
}

static void teardown(void)
{
	ages_release(&deaths);
	ages_release(&censored);
}

static void block(uint64_t age, bool died)
{
	ages_add(died ? &deaths : &censored, age, 1, 1, 0);
}

/* In a bucket where no other age and no block of the other kind comes. */
static void block_apart(uint64_t age, bool died)
{
	block(ages_floor(AGES_EXACT + 2 * (uint32_t)age + !died), died);
}

static void block_apart_by_bucket(uint64_t age, bool died)
{
	block_apart(ages_bucket(age) / 2 + 1, died);
}

typedef void block_function(uint64_t age, bool died);

static void add_weeks(const int *weeks, size_t count, block_function *add)
{
	for (size_t i = 0; i < count; i++)
		add((uint64_t)abs(weeks[i]), weeks[i] > 0);
}

static uint64_t seed;

static uint64_t next_random(uint64_t below)
{
	seed = 16807 * seed % 2147483647;
	return seed % below;
}

struct synthetic {
	uint64_t seed;
	int blocks;
	uint64_t mortal, longest, watched;
};

static const struct synthetic cured_data = {1, 400, 70, 4096, 40000};
static const struct synthetic censored_data = {2, 1000, 100, 1000000, 50000};
static const struct synthetic tied_data = {3, 300, 90, 30, 40};

static void add_synthetic(const struct synthetic *data, block_function *add)
{
	seed = data->seed;
	for (int i = 0; i < data->blocks; i++) {
		bool dies = next_random(100) < data->mortal;
		uint64_t life = 1 + next_random(data->longest);
		uint64_t seen = 1 + next_random(data->watched);

		add(dies && life <= seen ? life : seen, dies && life <= seen);
	}
}

/* What must hold of every estimate. */
static void estimate(void)
{
	double above = 1;
	uint64_t before = 0;

	survival_estimate(&s, &deaths, &censored, 1);
	ck_assert_uint_le(s.point_count, AGES_BUCKETS);
	for (uint32_t i = 0; i < s.point_count; i++) {
		const struct survival_point *p = &s.points[i];

		ck_assert_uint_gt(p->age, before);
		ck_assert(0 <= p->low && p->low <= p->survival && p->survival <= p->high &&
			  p->high <= 1);
		ck_assert_double_le(p->survival, above);
		ck_assert_double_eq(survival_at(&s, p->age), p->survival);
		ck_assert_double_eq(survival_at(&s, p->age - 1), above);
		above = p->survival;
		before = p->age;
	}
	ck_assert_double_eq(survival_at(&s, 0), 1);
	ck_assert_double_eq(survival_at(&s, UINT64_MAX), s.plateau);
	ck_assert_double_eq(s.plateau, above);
	ck_assert(0 <= s.low && s.low <= s.plateau && s.plateau <= s.high && s.high <= 1);
	ck_assert(0 <= s.follow_up_alpha && s.follow_up_alpha <= 1);
	ck_assert_uint_le(s.last_death_age, s.oldest_age);
	if (s.has_median)
		ck_assert_uint_le(ages_bucket(s.median_age), ages_bucket(s.last_death_age));
}

static const struct survival_point *point_at(uint64_t age)
{
	for (uint32_t i = 0; i < s.point_count; i++)
		if (s.points[i].age == age)
			return &s.points[i];
	ck_abort_msg("no point at age %lu", (unsigned long)age);
}

static void compare(const struct survival_point *expected, size_t count, double tolerance)
{
	for (size_t i = 0; i < count; i++) {
		const struct survival_point *p = point_at(expected[i].age);

		ck_assert_double_eq_tol(p->survival, expected[i].survival, tolerance);
		ck_assert_double_eq_tol(p->low, expected[i].low, tolerance);
		ck_assert_double_eq_tol(p->high, expected[i].high, tolerance);
	}
}

#define COMPARE(expected, tolerance) compare((expected), COUNT(expected), (tolerance))

/* R's median is the age of a death: here a floor, and the estimate is inside of its bucket. */
static void check_median_bucket(uint64_t age)
{
	ck_assert(s.has_median);
	ck_assert_uint_eq(ages_bucket(s.median_age), ages_bucket(age));
}

START_TEST(test_is_kaplan_meier_where_no_bucket_mixes)
{
	add_weeks(mercaptopurine_weeks, COUNT(mercaptopurine_weeks), block_apart);
	estimate();
	ck_assert_uint_eq(s.blocks, 21);
	ck_assert_uint_eq(s.deaths, 9);
	ck_assert_uint_eq(s.censored, 12);
	ck_assert_uint_eq(s.point_count, 7);
	COMPARE(mercaptopurine_apart, 1e-9);
	check_median_bucket(24576);
	ck_assert_double_eq_tol(s.plateau, 0.448179271708683, 1e-9);
	ck_assert_double_eq_tol(s.low, 0.188052005959232, 1e-9);
	ck_assert_double_eq_tol(s.high, 0.680142628495241, 1e-9);
	ck_assert_double_eq_tol(s.follow_up_alpha, 7.87410093586909e-06, 1e-15);
	ck_assert(s.followed_up);
	ck_assert_uint_eq(s.last_death_age, ages_floor(8 + 2 * 23));
	ck_assert_uint_eq(s.oldest_age, ages_floor(8 + 2 * 35 + 1));
}
END_TEST

START_TEST(test_is_kaplan_meier_on_a_cured_fraction)
{
	add_synthetic(&cured_data, block_apart_by_bucket);
	estimate();
	ck_assert_uint_eq(s.point_count, 15);
	COMPARE(cured_apart, 1e-9);
	check_median_bucket(12288);
	ck_assert_double_eq_tol(s.follow_up_alpha / 2.58159189262042e-197, 1, 1e-9);
	ck_assert(s.followed_up);
}
END_TEST

START_TEST(test_is_kaplan_meier_under_heavy_censoring)
{
	add_synthetic(&censored_data, block_apart_by_bucket);
	estimate();
	ck_assert_uint_eq(s.point_count, 9);
	COMPARE(censored_apart, 1e-9);
	ck_assert(!s.has_median);
	ck_assert_double_eq_tol(s.follow_up_alpha, 9.88777172187339e-08, 1e-16);
}
END_TEST

START_TEST(test_is_the_life_table)
{
	add_weeks(mercaptopurine_weeks, COUNT(mercaptopurine_weeks), block);
	estimate();
	ck_assert_uint_eq(s.point_count, COUNT(mercaptopurine));
	COMPARE(mercaptopurine, 1e-9);
	/* Twelve of 21 are censored, and a bucket is three weeks wide. */
	COMPARE(mercaptopurine_ungrouped, 0.03);
	check_median_bucket(23);
}
END_TEST

/* The tolerances against Kaplan and Meier are about twice what the script saw, of 24 buckets. */
START_TEST(test_is_the_life_table_on_a_cured_fraction)
{
	add_synthetic(&cured_data, block);
	estimate();
	ck_assert_uint_eq(s.point_count, 24);
	COMPARE(cured, 1e-9);
	COMPARE(cured_ungrouped, 0.0004);
	/* The share that does not die is 0.3. */
	ck_assert_double_eq_tol(s.plateau, 0.285, 0.001);
	ck_assert(s.low < 0.3 && s.high > 0.3);
	ck_assert_double_eq_tol((double)s.median_age / 2842, 1, 0.02);
}
END_TEST

START_TEST(test_is_the_life_table_under_heavy_censoring)
{
	add_synthetic(&censored_data, block);
	estimate();
	ck_assert_uint_eq(s.point_count, 15);
	COMPARE(censored_table, 1e-9);
	/* 967 of 1000; where it ends, three deaths decide, and the bounds differ by 0.014. */
	compare(censored_ungrouped, COUNT(censored_ungrouped) - 1, 0.0004);
	COMPARE(censored_ungrouped, 0.02);
}
END_TEST

/* Below AGES_EXACT who is censored at the age of a death was at risk, as in R. */
START_TEST(test_ties_in_single_ages_are_kaplan_meier)
{
	add_synthetic(&tied_data, block);
	estimate();
	COMPARE(tied, 1e-9);
	for (size_t i = 0; i < COUNT(tied_ungrouped); i++)
		if (tied_ungrouped[i].age <= AGES_EXACT)
			compare(&tied_ungrouped[i], 1, 1e-9);
	COMPARE(tied_ungrouped, 0.005);
	check_median_bucket(18);
}
END_TEST

START_TEST(test_all_dead_without_censoring)
{
	add_weeks(placebo_weeks, COUNT(placebo_weeks), block_apart);
	estimate();
	ck_assert_uint_eq(s.point_count, 12);
	COMPARE(placebo_apart, 1e-9);
	check_median_bucket(128);
	ck_assert_double_eq(s.plateau, 0);
	ck_assert_double_eq(s.low, 0);
	/* binom.test(0, 21)$conf.int */
	ck_assert_double_eq_tol(s.high, 0.16109761521908, 1e-9);
	ck_assert_double_eq(s.follow_up_alpha, 1);
	ck_assert(!s.followed_up);
}
END_TEST

START_TEST(test_all_at_risk_die_after_others_were_censored)
{
	for (int i = 0; i < 10; i++) {
		block(100, false);
		block(1000, true);
	}
	estimate();
	ck_assert_double_eq(s.plateau, 0);
	/* Ten at risk of the last deaths, none dead before: ten effective blocks. */
	ck_assert_double_eq_tol(s.high, 1 - pow(0.025, 0.1), 1e-12);
}
END_TEST

START_TEST(test_no_blocks)
{
	estimate();
	ck_assert_uint_eq(s.blocks, 0);
	ck_assert_uint_eq(s.point_count, 0);
	ck_assert(!s.has_median && !s.followed_up);
	ck_assert_double_eq(s.plateau, 1);
	ck_assert_double_eq(s.low, 0);
	ck_assert_double_eq(s.high, 1);
	ck_assert_double_eq(s.follow_up_alpha, 1);
	ck_assert_uint_eq(s.oldest_age, 0);
}
END_TEST

START_TEST(test_no_deaths)
{
	for (uint64_t age = 1; age <= 30; age++)
		block(age * age, false);
	estimate();
	ck_assert_uint_eq(s.censored, 30);
	ck_assert_uint_eq(s.point_count, 0);
	ck_assert(!s.has_median && !s.followed_up);
	ck_assert_double_eq(s.plateau, 1);
	ck_assert_double_eq(s.high, 1);
	/* binom.test(30, 30)$conf.int */
	ck_assert_double_eq_tol(s.low, 0.884296691777972, 1e-9);
	ck_assert_uint_eq(s.last_death_age, 0);
	ck_assert_uint_eq(s.oldest_age, 896);
}
END_TEST

START_TEST(test_one_block)
{
	block(0, true);
	estimate();
	ck_assert_uint_eq(s.point_count, 1);
	ck_assert_uint_eq(s.points[0].age, 1);
	ck_assert_double_eq(s.plateau, 0);
	ck_assert_double_eq_tol(s.high, 0.975, 1e-12);
	ck_assert(s.has_median);
	ck_assert_uint_eq(s.median_age, 0);
	teardown();
	block(UINT64_MAX, true);
	estimate();
	ck_assert_uint_eq(s.points[0].age, UINT64_MAX);
	ck_assert_double_eq(survival_at(&s, UINT64_MAX - 1), 1);
	ck_assert_uint_eq(s.last_death_age, ages_floor(AGES_BUCKETS - 1));
	check_median_bucket(UINT64_MAX);
	teardown();
	block(UINT64_MAX, false);
	estimate();
	ck_assert_double_eq(s.plateau, 1);
	ck_assert_double_eq_tol(s.low, 0.025, 1e-12);
}
END_TEST

START_TEST(test_last_bucket_mixes)
{
	for (int i = 0; i < 4; i++) {
		block(1000, true);
		block(1001, false);
	}
	estimate();
	/* Half of the four alive were at risk: 4 of 6 died. */
	ck_assert_uint_eq(s.point_count, 1);
	ck_assert_double_eq_tol(s.plateau, 1.0 / 3, 1e-12);
	ck_assert_double_gt(s.low, 0);
	ck_assert_double_eq(s.follow_up_alpha, 1);
	/* Three quarters of the way from 1 to 1/3 are the way to 1/2. */
	ck_assert_uint_eq(s.median_age, (uint64_t)(896 * pow(1024.0 / 896, 0.75)));
}
END_TEST

/* Half of the blocks exactly, in steps that no double holds. */
START_TEST(test_median_survives_rounding)
{
	for (int n = 1; n < 60; n++) {
		for (int i = 0; i < n; i++) {
			block_apart((uint64_t)i, true);
			block_apart(100, false);
		}
		estimate();
		check_median_bucket(ages_floor(8 + 2 * (uint32_t)(n - 1)));
		teardown();
	}
}
END_TEST

/* Deaths at floors of every octave; the window of the test is open to its left. */
START_TEST(test_follow_up_by_hand)
{
	for (uint64_t age = 16; age <= 1024; age *= 2)
		block(age, true);
	block(1536, false);
	estimate();
	/* In (512, 1024]: one of eight. */
	ck_assert_double_eq_tol(s.follow_up_alpha, pow(7.0 / 8, 8), 1e-12);
	ck_assert(!s.followed_up);
	block(1792, false);
	estimate();
	/* In (256, 1024]: two of nine. */
	ck_assert_double_eq_tol(s.follow_up_alpha, pow(7.0 / 9, 9), 1e-12);
	block(1ull << 60, false);
	estimate();
	ck_assert_double_eq_tol(s.follow_up_alpha, pow(3.0 / 10, 10), 1e-12);
	ck_assert(s.followed_up);
}
END_TEST

START_TEST(test_counts_near_the_top)
{
	struct age_bucket dead[] = {{UINT64_MAX, 0, 0, 20}, {1ull << 63, 0, 0, 251}, {1, 0, 0, 30}};
	struct age_bucket alive[] = {{UINT64_MAX, 0, 0, 20}, {1ull << 63, 0, 0, 250}};
	struct ages many_dead = {dead, COUNT(dead), COUNT(dead)};
	struct ages many_alive = {alive, COUNT(alive), COUNT(alive)};

	deaths = many_dead;
	censored = many_alive;
	estimate();
	ck_assert_uint_eq(s.blocks, UINT64_MAX);
	ck_assert_uint_eq(s.deaths, UINT64_MAX);
	ck_assert_uint_eq(s.point_count, 3);
	/* 2^64 of 2^64 + 2^63 + 2^63 + 2^63 die first. */
	ck_assert_double_eq_tol(s.points[0].survival, 0.6, 1e-12);
	ck_assert_double_eq_tol(s.points[1].survival, 0.6, 1e-12);
	ck_assert_double_eq(s.plateau, 0);
	ck_assert_double_gt(s.high, 0);
	/* One death of so many: there was one, though doubles do not show it. */
	dead[0].blocks = 1;
	deaths.count = 1;
	estimate();
	ck_assert_uint_eq(s.deaths, 1);
	ck_assert_uint_eq(s.point_count, 1);
	ck_assert(!s.has_median);
	deaths.count = 0;
	estimate();
	ck_assert_double_eq(s.plateau, 1);
	deaths = censored = (struct ages){0};
}
END_TEST

START_TEST(test_anything_at_random)
{
	seed = (uint64_t)_i + 10;
	for (uint64_t n = next_random(300); n; n--) {
		uint64_t age = next_random(1u << 31) << next_random(33);

		block(age >> next_random(64), next_random(3));
	}
	estimate();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("survival");
	TCase *tests = tcase_create("survival");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_test(tests, test_is_kaplan_meier_where_no_bucket_mixes);
	tcase_add_test(tests, test_is_kaplan_meier_on_a_cured_fraction);
	tcase_add_test(tests, test_is_kaplan_meier_under_heavy_censoring);
	tcase_add_test(tests, test_is_the_life_table);
	tcase_add_test(tests, test_is_the_life_table_on_a_cured_fraction);
	tcase_add_test(tests, test_is_the_life_table_under_heavy_censoring);
	tcase_add_test(tests, test_ties_in_single_ages_are_kaplan_meier);
	tcase_add_test(tests, test_all_dead_without_censoring);
	tcase_add_test(tests, test_all_at_risk_die_after_others_were_censored);
	tcase_add_test(tests, test_no_blocks);
	tcase_add_test(tests, test_no_deaths);
	tcase_add_test(tests, test_one_block);
	tcase_add_test(tests, test_last_bucket_mixes);
	tcase_add_test(tests, test_median_survives_rounding);
	tcase_add_test(tests, test_follow_up_by_hand);
	tcase_add_test(tests, test_counts_near_the_top);
	tcase_add_loop_test(tests, test_anything_at_random, 0, 300);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
