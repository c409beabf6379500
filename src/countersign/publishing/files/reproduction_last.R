# Each figure anew: its rows, its value, its standard error.
anew <- function(row) {
  plan <- indicators[[row$indicator]]
  if (is.null(plan)) return(c(NA, NA))
  d <- design$variables
  inside <- rep_len(plan$where(d) %in% TRUE, nrow(d))
  asked <- breakdowns[row[breakdowns] != ""]
  variable_of <- function(column) if (column %in% names(d)) column else sub("^by_", "", column)
  value <- if (is.null(plan$variable)) as.numeric(rep_len(plan$value(d), nrow(d))) else {
    column <- asked[vapply(asked, variable_of, "") == plan$variable]
    if (length(column) != 1) return(c(NA, NA))
    asked <- setdiff(asked, column)
    as.numeric(as.character(d[[plan$variable]]) == row[[column]])
  }
  for (column in asked) {
    own <- as.character(if (is.logical(d[[variable_of(column)]])) tolower(d[[variable_of(column)]]) else d[[variable_of(column)]])
    own[is.na(own)] <- "(missing)"                            # those whose group is not known, in a row of their own
    if (!any(own %in% row[[column]])) return(c(NA, NA))       # a wider category, made to protect people
    inside <- inside & own %in% row[[column]]
  }
  below <- if (is.null(plan$below)) rep(1, nrow(d)) else as.numeric(rep_len(plan$below(d), nrow(d)))
  inside <- inside & !is.na(value) & !is.na(below)
  if (!any(inside)) return(c(NA, NA))
  value[!inside] <- 0
  below[!inside] <- 0
  part <- subset(update(design, .value = value, .below = below), inside)
  found <- switch(plan$statistic,
    total = svytotal(~.value, part),
    ratio = svyratio(~.value, ~.below, part),
    quantile = svyquantile(~.value, part, plan$q, interval.type = "mean", qrule = "math"),
    svymean(~.value, part))
  c(as.numeric(coef(found)), as.numeric(SE(found)))
}
results <- t(vapply(seq_len(nrow(shown)), function(k) as.numeric(anew(shown[k, ])), numeric(2)))
gap_value <- differs(results[, 1], shown$value)
gap_error <- differs(results[, 2], shown$standard_error)
known <- !is.na(gap_value)
cat(sum(known), "of", nrow(shown), "figures computed anew\n")
cat("largest difference of a value:", format(max(0, gap_value[known]), digits = 3),
    "and of a standard error:", format(max(0, gap_error[known], na.rm = TRUE), digits = 3), "\n")
# The limits of a quantile are values of the data: where a share falls on a step to within rounding, R may take the
# neighbouring value. Such standard errors are listed; they are no failure.
off_error <- known & !is.na(gap_error) & gap_error > tolerance
on_a_step <- off_error & shown$statistic == "quantile" & gap_value <= tolerance
if (any(on_a_step)) cat(sum(on_a_step), "standard errors of quantiles differ:", paste(shown$figure_id[on_a_step], collapse = "; "), "\n")
bad <- known & (gap_value > tolerance | off_error) & !on_a_step
if (any(bad)) {
  cat("These differ by more than", tolerance, ":\n")
  print(data.frame(figure = shown$figure_id, published = shown$value, anew = results[, 1],
                   error = shown$standard_error, error_anew = results[, 2])[bad, ], row.names = FALSE)
}
if ((any(bad) || worst > tolerance) && !interactive()) quit(status = 1)
