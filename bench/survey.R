# The same job in R's survey: Rscript survey.R CSV rake|calibrate
# Prints a JSON line: sum of squared weights, and mean and standard error of the first domain.
suppressMessages(library(survey))
given <- commandArgs(trailingOnly = TRUE)
rows <- read.csv(given[1])
for (name in c("age", "sex", "region", "edu")) rows[[name]] <- factor(rows[[name]])
total <- sum(rows$w)
shares <- list(age = c(.2, .2, .2, .16, .14, .1), sex = c(.49, .51), region = rep(1 / 20, 20), edu = c(.2, .35, .3, .15))
before <- proc.time()
design <- svydesign(ids = ~1, weights = ~w, data = rows)
margins <- lapply(names(shares), function(name) {
  made <- data.frame(levels(rows[[name]]), Freq = total * shares[[name]])
  names(made)[1] <- name
  made
})
formulas <- list(~age, ~sex, ~region, ~edu)
if (given[2] == "rake") {
  raked <- rake(design, formulas, margins, control = list(maxit = 100, epsilon = 1e-9, verbose = FALSE))
} else {
  known <- c(`(Intercept)` = total)
  for (name in names(shares)) {
    known <- c(known, setNames(total * shares[[name]][-1], paste0(name, levels(rows[[name]])[-1])))
  }
  raked <- calibrate(design, ~ age + sex + region + edu, population = known, calfun = "raking", epsilon = 1e-9, maxit = 100)
}
found <- svyby(~y, ~region, raked, svymean)
used <- proc.time() - before
cat(sprintf('{"sum_of_squared_weights": %.10g, "mean": %.12g, "se": %.12g, "job_cpu": %.3f}\n',
            sum(weights(raked)^2), found$y[1], found$se[1], used[["user.self"]] + used[["sys.self"]]))
