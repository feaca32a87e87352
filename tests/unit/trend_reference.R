# SPDX-License-Identifier: MIT
# Reference values of test_trend.c, from R's own functions and by brute force:
#
#	Rscript tests/unit/trend_reference.R
#
# prints the rows of its tables. Written with R 4.2.2; no test runs it.
options(digits = 15)

# Park and Miller's generator, whose products doubles hold exactly.
seed <- 0
random <- function(below) {
	seed <<- (16807 * seed) %% 2147483647
	seed %% below
}
series <- function(first_seed, n, step) {
	seed <<- first_seed
	value <- 0
	sapply(1:n, function(i) value <<- step(value, i))
}
uneven <- function(n) cumsum(1 + seq_len(n) %% 3)
even <- function(n) seq_len(n)

sets <- list(
	line = list(x = even(32), y = series(1, 32, function(v, i) 3 * i + random(41))),
	ties = list(x = even(40), y = series(2, 40, function(v, i) random(6))),
	autoregressive = list(x = even(64), y = series(3, 64, function(v, i) (7 * v) %/% 10 + random(101))),
	walk = list(x = uneven(33), y = series(4, 33, function(v, i) v + random(101) - 50)),
	saturating = list(x = uneven(32), y = series(5, 32, function(v, i)
		100000 %/% (i + 4) * -1 + 20000 + random(500))),
	short = list(x = even(7), y = c(1, 3, 2, 5, 4, 6, 8)))

variance <- function(y) {
	n <- length(y)
	t <- table(y)
	(n * (n - 1) * (2 * n + 5) - sum(t * (t - 1) * (2 * t + 5))) / 18
}

for (name in names(sets)) {
	x <- sets[[name]]$x
	y <- sets[[name]]$y
	n <- length(y)
	pairs <- which(upper.tri(diag(n)), arr.ind = TRUE)
	rise <- y[pairs[, 2]] - y[pairs[, 1]]
	slopes <- sort(rise / (x[pairs[, 2]] - x[pairs[, 1]]))
	test <- suppressWarnings(cor.test(x, y, method = "kendall", exact = FALSE, continuity = TRUE))
	slope <- median(slopes)

	# Hamed and Rao, up to the first lag that is not significant.
	r <- acf(rank(round(y - slope * x, 9)), lag.max = n - 1, plot = FALSE)$acf[-1]
	k <- seq_len(n - 1)
	r[cumsum(r <= qnorm(0.975) / sqrt(n)) > 0] <- 0
	factor <- 1 + 2 / (n * (n - 1) * (n - 2)) * sum((n - k) * (n - k - 1) * (n - k - 2) * r)
	z <- test$statistic / sqrt(factor)

	below <- floor((length(slopes) - qnorm(0.975) * sqrt(variance(y))) / 2)
	records <- sum(sapply((n - n %/% 2 + 1):n, function(i) y[i] > max(y[1:(i - 1)])))

	scaled <- (x - x[1]) / (x[n] - x[1])
	curve <- function(log_c) deviance(lm(y ~ I(1 - exp(-scaled / exp(log_c)))))
	grid <- seq(log(0.02), log(10), length.out = 200)
	at <- grid[which.min(sapply(grid, curve))]
	best <- optimize(curve, pmin(pmax(at + c(-0.05, 0.05), log(0.02)), log(10)), tol = 1e-9)$objective
	criterion <- n * log(deviance(lm(y ~ x)) / best) - 2

	cat(sprintf("/* %s */ {%.0f, %.11g, %.11g}, {%.11g, %.11g},\n\t{%.11g, %.11g, %.11g}, %d, %.8g\n",
		name, sum(sign(rise)), test$statistic, test$p.value, z, 2 * pnorm(-abs(z)), slope,
		slopes[below], slopes[length(slopes) - below + 1], records, criterion))
}

p <- c(0.01, 0.5, 0.04, 0.0001, 0.03, 0.9, 0.03, 0.2, 1, 0.049)
cat(sprintf("%.15g", p.adjust(p, method = "BH")), sep = ", ")
cat("\n")
