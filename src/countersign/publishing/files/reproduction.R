# --- What the study's expressions mean -------------------------------------------------------------------------------
# Missing stays missing (NA), also where there is no answer, such as after a division by zero.

finite    <- function(x) { x[!is.na(x) & !is.finite(x)] <- NA; x }
divide    <- function(a, b) finite(ifelse(b == 0, NA, a / b))
one_of    <- function(x, choices) ifelse(is.na(x), NA, x %in% choices)
between   <- function(x, low, high) x >= low & x <= high
f_abs     <- abs
f_log     <- function(x) finite(log(ifelse(x > 0, x, NA)))
f_log10   <- function(x) finite(log10(ifelse(x > 0, x, NA)))
f_exp     <- function(x) finite(exp(x))
f_sqrt    <- function(x) sqrt(ifelse(x >= 0, x, NA))
f_round   <- function(x, digits = 0) sign(x) * floor(abs(x) * 10^digits + 0.5) / 10^digits   # halves away from zero
f_floor   <- floor
f_ceil    <- ceiling
f_least   <- function(...) pmin(...)
f_greatest <- function(...) pmax(...)
f_if      <- function(condition, yes, no) ifelse(condition, yes, no)
f_coalesce <- function(...) Reduce(function(a, b) ifelse(is.na(a), b, a), list(...))
f_year    <- function(x) as.integer(format(x, "%Y"))
f_month   <- function(x) as.integer(format(x, "%m"))
f_day     <- function(x) as.integer(format(x, "%d"))
f_weekday <- function(x) as.integer(format(x, "%u"))
f_lower   <- tolower
f_upper   <- toupper
f_trim    <- trimws
f_starts_with <- function(x, start) ifelse(is.na(x), NA, startsWith(as.character(x), start))
f_contains    <- function(x, part) ifelse(is.na(x), NA, grepl(part, x, fixed = TRUE))
columns   <- function(...) do.call(cbind, lapply(list(...), function(x) if (is.data.frame(x)) as.matrix(x) else x))
f_total   <- function(...) rowSums(columns(...), na.rm = TRUE)
f_mean_of <- function(...) finite(rowMeans(columns(...), na.rm = TRUE))
f_count_present <- function(...) rowSums(!is.na(columns(...)))
f_count_missing <- function(...) rowSums(is.na(columns(...)))
conditions <- function(...) { m <- columns(...); lapply(seq_len(ncol(m)), function(k) m[, k]) }
f_any_of  <- function(...) Reduce(`|`, conditions(...))
f_all_of  <- function(...) Reduce(`&`, conditions(...))
f_band    <- function(x, ...) {
  limits <- c(...)
  ends <- limits[-1] - 1
  names <- c(paste("under", limits[1]),
             ifelse(ends > head(limits, -1), paste0(head(limits, -1), "-", ends), head(limits, -1)),
             paste0(tail(limits, 1), "+"))
  if (length(limits) == 1) names <- names[c(1, length(names))]
  names[findInterval(x, limits) + 1]
}
f_text    <- function(x) ifelse(is.na(x), NA, if (is.logical(x)) ifelse(x, "true", "false") else
                                if (is.numeric(x)) format(x, digits = 15, trim = TRUE, scientific = FALSE, drop0trailing = TRUE) else
                                as.character(x))
f_text    <- Vectorize(f_text, USE.NAMES = FALSE)
# A range of columns: of one family with numbers, such as G1..G213, those in between; else all from one to the other.
span <- function(d, first, last) {
  stem <- sub("[0-9]+$", "", first)
  numbered <- grepl("[0-9]$", first) && grepl("[0-9]$", last) && stem == sub("[0-9]+$", "", last)
  if (!numbered) return(d[, seq(match(first, names(d)), match(last, names(d))), drop = FALSE])
  number <- function(name) as.numeric(substring(name, nchar(stem) + 1))
  own <- startsWith(names(d), stem) & grepl("^[0-9]+$", substring(names(d), nchar(stem) + 1))
  own[own] <- number(names(d)[own]) >= number(first) & number(names(d)[own]) <= number(last)
  d[, own, drop = FALSE]
}

# --- Intervals -------------------------------------------------------------------------------------------------------
# By the name of the convention; p and se are the figure and its standard error, df the degrees of freedom.

quantile_t <- function(level, df) ifelse(is.finite(df), suppressWarnings(qt((1 + level) / 2, df)), qnorm((1 + level) / 2))
adjusted   <- function(effective, n, df, level) effective * (quantile_t(level, pmax(n - 1, 1)) / quantile_t(level, df))^2
exact      <- function(p, size, level) {
  tail <- (1 - level) / 2
  c(if (p == 0) 0 else qbeta(tail, size * p, size * (1 - p) + 1), if (p == 1) 1 else qbeta(1 - tail, size * p + 1, size * (1 - p)))
}
wilson     <- function(p, n, t) {
  middle <- (p + t^2 / (2 * n)) / (1 + t^2 / n)
  half <- t / (1 + t^2 / n) * sqrt(p * (1 - p) / n + t^2 / (4 * n^2))
  c(middle - half, middle + half)
}
limits <- function(convention, p, se, n, df, level) {
  t <- quantile_t(level, df)
  effective <- p * (1 - p) / se^2
  if (df < 1) return(c(NA, NA))                                        # taken as published
  if (convention == "t") return(p + c(-1, 1) * t * se)
  if (p <= 1e-12 || p >= 1 - 1e-12 || se == 0) return(c(NA, NA))     # one-sided limits: taken as published
  switch(convention,
    "logit" = , "xlogit" = plogis(qlogis(p) + c(-1, 1) * t * se / (p * (1 - p))),
    "wilson" = wilson(p, effective, t),
    "wilson-svy" = wilson(p, adjusted(effective, n, df, level), t),
    "beta" = exact(p, adjusted(effective, n, df, level), level),
    "korn-graubard" = exact(p, min(n, adjusted(effective, n, df, level)), level),
    "asin" = sin(pmin(pmax(asin(sqrt(p)) + c(-1, 1) * t * se / (2 * sqrt(p * (1 - p))), 0), pi / 2))^2,
    c(NA, NA))                                                          # quantiles: see the second part
}

# --- Reading ---------------------------------------------------------------------------------------------------------

as_meant <- function(x) sub("^'(?=[[:space:]]*[=+@-])", "", x, perl = TRUE)   # the guard against formulas is taken off
read_table <- function(path, ...) {
  found <- read.csv(path, colClasses = "character", na.strings = character(0), check.names = FALSE, fileEncoding = "UTF-8", ...)
  found[] <- lapply(found, as_meant)
  names(found) <- as_meant(names(found))
  found
}
number <- function(x) suppressWarnings(as.numeric(ifelse(x == "", NA, x)))
guess_delimiter <- function(path) {
  line <- readLines(path, n = 1, warn = FALSE)
  signs <- c(",", ";", "\t", "|")
  signs[which.max(vapply(signs, function(s) lengths(regmatches(line, gregexpr(s, line, fixed = TRUE))), 0L))]
}
recode <- function(x, old, new) { at <- match(trimws(x), old); ifelse(is.na(at), x, new[at]) }
