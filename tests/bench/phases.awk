# SPDX-License-Identifier: MIT
# What base/stamp.h prints, launch after launch → the median of each step, in the order of a launch.
$2 == "us" && $3 == "at" {
	what = $6
	for (i = 7; i <= NF; i++)
		what = what " " $i
	key = sprintf("%-10s  %s", $5, what)
	if (!(key in count))
		order[++steps] = key
	spent[key, ++count[key]] = $1
}
function median(key,   v, n, i) {
	n = count[key]
	for (i = 1; i <= n; i++)
		v[i] = spent[key, i]
	return v[middle(v, n)]
}
# Few values: the one that as many are below as above.
function middle(v, n,   i, k, below) {
	for (i = 1; i <= n; i++) {
		below = 0
		for (k = 1; k <= n; k++)
			below += v[k] < v[i] || (v[k] == v[i] && k < i)
		if (below == int(n / 2))
			return i
	}
}
END {
	for (i = 1; i <= steps; i++) {
		m = median(order[i])
		if (m >= 2)
			printf "  %7.1f  %s\n", m, order[i]
		else
			rest += m
	}
	printf "  %7.1f  %-10s  steps of less than two each\n", rest, ""
}
