# Times R at one statistic, once for each line on standard input, and prints seconds:
#   Rscript tools/bench.R alpha|mh persons items
arguments <- commandArgs(trailingOnly = TRUE)
persons <- as.integer(arguments[2])
items <- as.integer(arguments[3])
set.seed(9)
X <- matrix(rbinom(persons * items, 1, .5), persons)

time <- switch(arguments[1],
  alpha = {
    suppressPackageStartupMessages(library(psych))
    function() suppressWarnings(psych::alpha(X, warnings = FALSE))
  },
  mh = {
    group <- factor(rep(c("r", "f"), length.out = persons))
    score <- rowSums(X)
    function() {
      for (i in seq_len(items)) {
        t <- table(group, X[, i], score)
        suppressWarnings(mantelhaen.test(t[, , apply(t, 3, sum) > 1]))
      }
    }
  }
)
cat("ready\n")
lines <- file("stdin", "r")
while (length(readLines(lines, 1)) == 1) {
  gc(FALSE)
  cat(system.time(time())[["elapsed"]], "\n")
}
