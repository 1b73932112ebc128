# Prints what R says of the files in a folder, a name and a value a line, for the test
# that compares it with Fourfold (make test-r).
suppressPackageStartupMessages(library(psych))
folder <- commandArgs(trailingOnly = TRUE)[1]
read <- function(name) read.csv(file.path(folder, name), check.names = FALSE)
say <- function(name, value) cat(sprintf("%s %.17g\n", name, as.numeric(value)), sep = "")

one_factor_omega <- function(X) {
  f <- factanal(covmat = cov(X), factors = 1, control = list(opt = list(factr = 1, pgtol = 0, maxit = 1e5)))
  s <- sqrt(diag(cov(X)))
  l <- f$loadings[, 1] * s
  sum(l)^2 / (sum(l)^2 + sum(f$uniquenesses * s^2))
}

reliability <- function(file) {
  X <- read(file)
  k <- ncol(X)
  n <- nrow(X)
  a <- suppressWarnings(psych::alpha(X, warnings = FALSE))
  alpha <- a$total$raw_alpha
  say(paste0(file, "/alpha"), alpha)
  say(paste0(file, "/alpha_low"), 1 - (1 - alpha) * qf(.975, n - 1, (n - 1) * (k - 1)))
  say(paste0(file, "/alpha_high"), 1 - (1 - alpha) * qf(.025, n - 1, (n - 1) * (k - 1)))
  say(paste0(file, "/omega"), one_factor_omega(X))
  r <- cor(rowSums(X[, seq(1, k, 2)]), rowSums(X[, seq(2, k, 2)]))
  say(paste0(file, "/split_half"), 2 * r / (1 + r))
  say(paste0(file, "/sem"), sd(rowSums(X)) * sqrt(1 - alpha))
  half <- seq_len(k) <= k / 2
  lost <- function(items) (1 - suppressWarnings(psych::alpha(X[, items], warnings = FALSE))$total$raw_alpha) * var(rowSums(X[, items]))
  say(paste0(file, "/stratified_alpha"), 1 - (lost(half) + lost(!half)) / var(rowSums(X)))
  say(paste0(file, "/items/", seq_len(k) - 1, "/mean"), a$item.stats$mean)
  say(paste0(file, "/items/", seq_len(k) - 1, "/sd"), a$item.stats$sd)
  say(paste0(file, "/items/", seq_len(k) - 1, "/item_rest"), a$item.stats$r.drop)
  say(paste0(file, "/items/", seq_len(k) - 1, "/alpha_if_deleted"), a$alpha.drop$raw_alpha)
}
reliability("right.csv")
reliability("rated.csv")
reliability("decimal.csv")

# Are the odds ratios of a 2 x 2 x K table alike? The expected count is found by search,
# not by the quadratic.
breslow_day <- function(t, odds) {
  kept <- apply(t, 3, function(x) all(rowSums(x) > 0) && all(colSums(x) > 0))
  parts <- apply(t[, , kept], 3, function(x) {
    reference <- sum(x[1, ]); focal <- sum(x[2, ]); right <- sum(x[, 1])
    ratio <- function(a) log(a) + log(focal - right + a) - log(reference - a) - log(right - a) - log(odds)
    low <- max(0, right - focal); high <- min(reference, right); edge <- 1e-9 * (high - low)
    e <- uniroot(ratio, c(low + edge, high - edge), tol = 1e-14, maxiter = 1e4)$root
    c(gap = x[1, 1] - e, v = 1 / (1 / e + 1 / (reference - e) + 1 / (right - e) + 1 / (focal - right + e)))
  })
  chi2 <- sum(parts["gap", ]^2 / parts["v", ])
  tarone <- chi2 - sum(parts["gap", ])^2 / sum(parts["v", ])
  c(chi2, pchisq(chi2, sum(kept) - 1, lower.tail = FALSE), tarone, pchisq(tarone, sum(kept) - 1, lower.tail = FALSE))
}

# Every item of dif.csv, matched on the sum of all.
X <- read("dif.csv")
group <- factor(X$group, levels = c("r", "f"))
X$group <- NULL
score <- rowSums(X)
ps <- numeric(ncol(X))
for (i in seq_len(ncol(X))) {
  t <- table(group, factor(X[, i], levels = c(1, 0)), score)
  t <- t[, , apply(t, 3, sum) > 1]
  m <- mantelhaen.test(t)
  u <- mantelhaen.test(t, correct = FALSE)
  at <- paste0("dif.csv/items/", i - 1, "/")
  say(paste0(at, "odds_ratio"), m$estimate)
  say(paste0(at, c("odds_low", "odds_high")), m$conf.int)
  say(paste0(at, "chi2"), m$statistic)
  say(paste0(at, "p"), m$p.value)
  say(paste0(at, "chi2_uncorrected"), u$statistic)
  say(paste0(at, c("breslow_day", "breslow_day_p", "tarone", "tarone_p")), breslow_day(t, m$estimate))
  say(paste0(at, "delta"), -2.35 * log(m$estimate))
  say(paste0(at, "delta_se"), 2.35 * diff(log(m$conf.int)) / (2 * qnorm(.975)))
  ps[i] <- m$p.value
  right <- X[, i]
  base <- glm(right ~ score, family = binomial, epsilon = 1e-14)
  uniform <- glm(right ~ score + group, family = binomial, epsilon = 1e-14)
  both <- glm(right ~ score * group, family = binomial, epsilon = 1e-14)
  at <- paste0("dif.csv/logistic/", i - 1, "/")
  say(paste0(at, "uniform_chi2"), deviance(base) - deviance(uniform))
  say(paste0(at, "nonuniform_chi2"), deviance(uniform) - deviance(both))
}
say(paste0("dif.csv/items/", seq_along(ps) - 1, "/p_adjusted"), p.adjust(ps, "BH"))

# Graded marks: Mantel's test, the standardized mean difference and ordinal logistic
# regression, its likelihood climbed by a general optimizer.
G <- read("graded.csv")
focal <- G$group == "f"
G$group <- NULL
score <- rowSums(G)
proportional_odds <- function(y, X) {
  levels <- sort(unique(y)); J <- length(levels)
  at <- match(y, levels)
  loss <- function(p) {
    cuts <- c(-Inf, cumsum(c(p[1], exp(p[seq_len(J - 2) + 1]))), Inf)
    eta <- if (ncol(X) > 0) drop(X %*% p[J:length(p)]) else 0
    q <- plogis(cuts[at + 1] - eta) - plogis(cuts[at] - eta)
    if (any(q <= 0)) 1e10 else -sum(log(q))
  }
  p <- c(-1, rep(0, J - 2), rep(0, ncol(X)))
  for (again in 1:4) p <- optim(p, loss, method = "BFGS", control = list(reltol = 1e-15, maxit = 2000))$par
  -loss(p)
}
for (i in seq_len(ncol(G))) {
  y <- G[, i]
  gap <- v <- smd <- weight <- 0
  for (s in unique(score)) {
    inside <- score == s
    nf <- sum(inside & focal); nr <- sum(inside & !focal); n <- nf + nr
    if (nf == 0 || nr == 0) next
    yi <- y[inside]
    gap <- gap + sum(y[inside & focal]) - nf * mean(yi)
    v <- v + nr * nf / n * var(yi)
    smd <- smd + nf * (mean(y[inside & focal]) - mean(y[inside & !focal]))
    weight <- weight + nf
  }
  at <- paste0("graded.csv/items/", i - 1, "/")
  say(paste0(at, c("chi2", "p", "smd", "effect")),
    c(gap^2 / v, pchisq(gap^2 / v, 1, lower.tail = FALSE), smd / weight, smd / weight / sd(y)))
  z <- as.numeric(scale(score)); f <- as.numeric(focal) - .5
  l <- c(proportional_odds(y, matrix(0, length(y), 0)), proportional_odds(y, cbind(z)),
    proportional_odds(y, cbind(z, f)), proportional_odds(y, cbind(z, f, z * f)))
  r2 <- (1 - exp(2 * (l[1] - l) / length(y))) / (1 - exp(2 * l[1] / length(y)))
  at <- paste0("graded.csv/logistic/", i - 1, "/")
  say(paste0(at, c("uniform_chi2", "nonuniform_chi2", "uniform_r2", "nonuniform_r2")),
    c(2 * (l[3] - l[2]), 2 * (l[4] - l[3]), r2[3] - r2[2], r2[4] - r2[3]))
}

# Impact of every group against the first, which has the highest rate.
g <- read("impact.csv")
for (i in 2:nrow(g)) {
  t <- rbind(c(g$selected[1], g$total[1] - g$selected[1]), c(g$selected[i], g$total[i] - g$selected[i]))
  at <- paste0("impact.csv/groups/", i - 1, "/")
  say(paste0(at, "fisher_p"), fisher.test(t)$p.value)
  z <- prop.test(t, correct = FALSE)
  say(paste0(at, "z"), sqrt(z$statistic) * sign(z$estimate[1] - z$estimate[2]))
  say(paste0(at, "z_p"), z$p.value)
}

R <- as.matrix(read("ratings.csv"))
i <- psych::ICC(R, lmer = FALSE)$results
say(paste0("ratings.csv/", c("icc11", "icc21", "icc31", "icc1k", "icc2k", "icc3k")), i$ICC)
m <- ncol(R)
f <- friedman.test(t(R))
say("ratings.csv/chi2", f$statistic)
say("ratings.csv/p", f$p.value)
say("ratings.csv/w_ties", f$statistic / (m * (nrow(R) - 1)))

s <- read("scores.csv")$score
say("scores.csv/mean", mean(s))
say("scores.csv/sd", sd(s))
say("scores.csv/median", median(s))
d <- sort(unique(s))
say(paste0("scores.csv/scores/", seq_along(d) - 1, "/percentile"), sapply(d, function(x) 100 * (mean(s < x) + mean(s == x) / 2)))
