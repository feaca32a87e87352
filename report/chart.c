/* SPDX-License-Identifier: MIT */
#include "chart.h"

#include <math.h>
#include <string.h>

#include "words.h"

#define ROWS 11 /* of the survival chart, besides the axis */

void spark_init(struct spark *spark, uint64_t from, uint64_t to)
{
	memset(spark, 0, sizeof *spark);
	spark->from = from;
	spark->to = to > from ? to : from + 1;
}

void spark_add(struct spark *spark, uint64_t at, uint64_t value)
{
	double share = at <= spark->from
			       ? 0
			       : (double)(at - spark->from) / (double)(spark->to - spark->from);
	unsigned column = share >= 1 ? CHART_COLUMNS - 1 : (unsigned)(share * CHART_COLUMNS);

	if (!spark->seen[column] || value > spark->columns[column])
		spark->columns[column] = value;
	spark->seen[column] = true;
	if (value > spark->most)
		spark->most = value;
}

void spark_put(const struct spark *spark, FILE *file, bool unicode)
{
	static const char *const blocks[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
	unsigned heights = unicode ? 8 : 10;
	uint64_t value = 0;

	for (unsigned i = 0; i < CHART_COLUMNS; i++) {
		unsigned height = 0;

		if (spark->seen[i])
			value = spark->columns[i];
		if (spark->most)
			height = (unsigned)((double)value / (double)spark->most * heights);
		if (height >= heights)
			height = heights - 1;
		if (unicode)
			fputs(blocks[height], file);
		else
			putc((int)('0' + height), file);
	}
}

/* The curve at an age: points say what share lives at least so long, and hold until the next. */
static struct model_survival_point survival_at(const struct model_survival *survival, double age)
{
	struct model_survival_point result = {0, 1, 1, 1};

	for (uint32_t i = 0; i < survival->point_count; i++) {
		if ((double)survival->points[i].age > age)
			break;
		result = survival->points[i];
	}
	return result;
}

static int row_of(double share)
{
	int row = (int)lround((1 - share) * (ROWS - 1));

	return row < 0 ? 0 : row >= ROWS ? ROWS - 1 : row;
}

/* Ages at the middle and the two ends of the axis. */
static void put_age_axis(FILE *file, const char *indent, const struct model_run *run, double first,
			 double last)
{
	struct human left = words_age_number(run, (uint64_t)first);
	struct human middle = words_age_number(run, (uint64_t)sqrt(first * last));
	struct human right = words_age_number(run, (uint64_t)last);
	int gap = CHART_COLUMNS -
		  (int)(strlen(left.text) + strlen(middle.text) + strlen(right.text));

	if (gap < 2)
		gap = 2;
	fprintf(file, "%s        %s%*s%s%*s%s\n", indent, left.text, gap / 2, "", middle.text,
		gap - gap / 2, "", right.text);
	fprintf(file, "%s        (share that lives so long; %s)\n", indent, words_age_unit(run));
}

void chart_survival(FILE *file, const char *indent, const struct model_run *run,
		    const struct model_survival *survival, bool unicode)
{
	enum cell { EMPTY, BAND, CURVE } cells[ROWS][CHART_COLUMNS] = {{EMPTY}};
	const char *band = unicode ? "░" : ".";
	const char *curve = unicode ? "█" : "*";
	double first, last, step;

	if (survival->point_count < 2)
		return;
	first = (double)survival->points[0].age;
	if (first < 1)
		first = 1;
	last = (double)survival->points[survival->point_count - 1].age;
	if (last <= first)
		return;
	step = log(last / first) / (CHART_COLUMNS - 1);
	for (int x = 0; x < CHART_COLUMNS; x++) {
		struct model_survival_point at = survival_at(survival,
							     first * exp(step * x) * (1 + 1e-9));

		for (int y = row_of(at.high); y <= row_of(at.low); y++)
			cells[y][x] = BAND;
		cells[row_of(at.share)][x] = CURVE;
	}
	for (int y = 0; y < ROWS; y++) {
		int end = CHART_COLUMNS;

		while (end && cells[y][end - 1] == EMPTY)
			end--;
		fprintf(file, "%s %3d %% |", indent, 100 * (ROWS - 1 - y) / (ROWS - 1));
		for (int x = 0; x < end; x++)
			fputs(cells[y][x] == CURVE  ? curve
			      : cells[y][x] == BAND ? band
						    : " ",
			      file);
		putc('\n', file);
	}
	put_age_axis(file, indent, run, first, last);
}
