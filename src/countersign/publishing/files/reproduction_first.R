# --- First part: the release -----------------------------------------------------------------------------------------

in_release <- function(...) file.path(release, ...)
figures <- read_table(in_release("estimates.csv"))
more <- read_table(in_release("reproduce.csv"))
for (name in c("value", "standard_error", "lower", "upper", "n", "n_effective")) figures[[name]] <- number(figures[[name]])
figures$level <- number(more$level[match(figures$figure_id, more$figure_id)])
figures$degrees <- number(more$degrees[match(figures$figure_id, more$figure_id)])
figures$statistic <- more$statistic[match(figures$figure_id, more$figure_id)]
breakdowns <- __BREAKDOWNS__    # columns with categories; empty = not broken down

# Figures without a number say why; none of them is zero.
cat(nrow(figures), "figures:", paste(names(table(figures$status)), table(figures$status), collapse = ", "), "\n")
shown <- figures[!is.na(figures$value), ]

# Intervals again, from the figure, its standard error and the degrees of freedom.
again <- t(vapply(seq_len(nrow(shown)), function(k) with(shown[k, ],
  if (is.na(standard_error) || is.na(degrees)) c(NA_real_, NA_real_) else
  as.numeric(limits(convention, value, standard_error, n, degrees, level))), numeric(2)))
differs <- function(a, b) abs(a - b) / pmax(1, abs(b))
off <- if (nrow(shown)) pmax(differs(again[, 1], shown$lower), differs(again[, 2], shown$upper)) else numeric(0)
cat(sum(!is.na(off)), "intervals computed again; largest difference:", format(max(0, off, na.rm = TRUE), digits = 3), "\n")

# Pictures: one page for each indicator and breakdown, in reproduce.pdf.
label <- function(rows) {
  parts <- apply(rows[, breakdowns, drop = FALSE], 1, function(x) paste(x[x != ""], collapse = ", "))
  ifelse(length(breakdowns) == 0 | parts == "", "All", parts)
}
pdf("reproduce.pdf", width = 8, height = 6)
groups <- if (length(breakdowns)) apply(shown[, breakdowns, drop = FALSE] != "", 1, function(x) paste(breakdowns[x], collapse = ", ")) else rep("", nrow(shown))
for (rows in split(shown, list(shown$indicator, groups), drop = TRUE)) {
  rows <- head(rows, 60)
  at <- rev(seq_len(nrow(rows)))
  old <- par(mar = c(4, 14, 3, 1))
  plot(rows$value, at, xlim = range(rows$lower, rows$upper), ylim = c(0.5, nrow(rows) + 0.5), yaxt = "n", pch = 19,
       xlab = rows$unit[1], ylab = "", main = rows$indicator[1])
  segments(rows$lower, at, rows$upper, at)
  axis(2, at = at, labels = substr(label(rows), 1, 34), las = 1, cex.axis = 0.7)
  par(old)
}
invisible(dev.off())
worst <- max(0, off, na.rm = TRUE)
