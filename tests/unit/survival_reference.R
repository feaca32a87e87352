# SPDX-License-Identifier: MIT
# Reference values of test_survival.c, from R's survival package and from the textbook:
#
#	Rscript tests/unit/survival_reference.R
#
# prints the rows of its tables. Written with R 4.2.2 and survival 3.5-3; no test runs it.
suppressMessages(library(survival))
options(digits = 15)

# The buckets of ages.h. UINT64_MAX, the last edge, rounds to 2^64 here and there.
floors <- c(0:7, as.vector(outer(4:7, 2^(1:61))))
bucket <- function(age) findInterval(age, floors)
edge <- function(b) c(floors, 2^64)[b + 1]

# Remission of leukaemia in weeks, 6-mercaptopurine and placebo: Freireich et al., Blood 21, 1963;
# Gehan, Biometrika 52, 1965.
mercaptopurine <- data.frame(
	age = c(6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35),
	died = c(1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0))
placebo <- data.frame(
	age = c(1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23), died = 1)

# Park and Miller's generator, whose products doubles hold exactly.
seed <- 0
random <- function(below) {
	seed <<- (16807 * seed) %% 2147483647
	seed %% below
}

# Lifetimes evenly in 1..longest for `mortal` of 100 blocks, observed until an age in 1..watched.
synthetic <- function(first_seed, n, mortal, longest, watched) {
	seed <<- first_seed
	rows <- lapply(1:n, function(i) {
		dies <- random(100) < mortal
		life <- 1 + random(longest)
		seen <- 1 + random(watched)
		if (dies && life <= seen) c(life, 1) else c(seen, 0)
	})
	data.frame(age = sapply(rows, `[`, 1), died = sapply(rows, `[`, 2))
}
cured <- synthetic(1, 400, 70, 4096, 40000)
censored <- synthetic(2, 1000, 100, 1000000, 50000)
tied <- synthetic(3, 300, 90, 30, 40)

# One bucket for each age: even ones for deaths, the next odd one for those censored at that age.
apart <- function(d) data.frame(age = floors[9 + 2 * d$age + (1 - d$died)], died = d$died)
# The same on what the bucket made of the age.
apart_by_bucket <- function(d)
	data.frame(age = floors[2 * ((bucket(d$age) + 1) %/% 2) + (1 - d$died) + 9], died = d$died)

kaplan_meier <- function(d) survfit(Surv(age, died) ~ 1, data = d, conf.type = "log-log")

# Cutler and Ederer's life table, with Greenwood's variance; single ages as Kaplan and Meier do it.
life_table <- function(d) {
	b <- bucket(d$age)
	dead <- tabulate(b[d$died == 1], 252)
	gone <- tabulate(b[d$died == 0], 252)
	at_risk <- rev(cumsum(rev(dead + gone)))
	exposed <- at_risk - ifelse(seq_along(gone) <= 8, 0, gone / 2)
	keep <- which(dead > 0)
	survival <- cumprod(1 - dead[keep] / exposed[keep])
	variance <- cumsum(dead[keep] / (exposed[keep] * (exposed[keep] - dead[keep])))
	width <- qnorm(0.975) * sqrt(variance) / abs(log(survival))
	data.frame(age = edge(keep), survival = survival, low = survival^exp(width),
		high = survival^exp(-width))
}

maller_zhou <- function(d) {
	t <- max(d$age[d$died == 1])
	m <- max(d$age)
	(1 - sum(d$died == 1 & d$age > 2 * t - m & d$age <= t) / nrow(d))^nrow(d)
}

rows <- function(name, age, survival, low, high) {
	cat(sprintf("/* %s */\n", name))
	for (i in unique(round(seq(1, length(age), length.out = min(9, length(age))))))
		cat(sprintf("{%.0f, %.15g, %.15g, %.15g},\n", age[i], survival[i], low[i], high[i]))
}

# Kaplan and Meier at the upper edge of each bucket with a death in it: P(T >= edge).
exact <- function(name, d) {
	k <- kaplan_meier(d)
	died <- k$n.event > 0
	rows(name, edge(bucket(k$time[died])), k$surv[died], k$lower[died], k$upper[died])
	cat(sprintf("/* %d points, median %.0f, alpha %.15g */\n", sum(died),
		quantile(k, 0.5)$quantile, maller_zhou(d)))
}
grouped <- function(name, d) {
	table <- life_table(d)
	rows(name, table$age, table$survival, table$low, table$high)
	k <- summary(kaplan_meier(d), times = table$age - 1, extend = TRUE)
	cat(sprintf("/* %d points, off Kaplan and Meier by at most %.3g, of %d deaths of %d */\n",
		nrow(table), max(abs(k$surv - table$survival)), sum(d$died), nrow(d)))
	rows(paste(name, "ungrouped"), table$age, k$surv, k$lower, k$upper)
	cat(sprintf("/* median %.0f */\n", quantile(kaplan_meier(d), 0.5)$quantile))
}

exact("mercaptopurine apart", apart(mercaptopurine))
exact("placebo apart", apart(placebo))
exact("cured apart", apart_by_bucket(cured))
exact("censored apart", apart_by_bucket(censored))
grouped("mercaptopurine", mercaptopurine)
grouped("cured", cured)
grouped("censored", censored)
grouped("tied", tied)
