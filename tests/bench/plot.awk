# SPDX-License-Identifier: MIT
# "# TITLE" and lines "X MS" → one plot each, side by side.
function flush_plot(   i, x, y, top, left) {
	if (!n)
		return
	left = plots * 300
	top = 0
	for (i = 1; i <= n; i++)
		if (ys[i] > top)
			top = ys[i]
	top *= 1.1
	printf "<g transform=\"translate(%d,0)\">\n", left
	printf "<text x=\"40\" y=\"18\" class=\"t\">%s</text>\n", title
	printf "<path class=\"a\" d=\"M40 30V190H280\"/>\n"
	printf "<text x=\"36\" y=\"36\" text-anchor=\"end\">%.1f ms</text>\n<text x=\"36\" y=\"194\" text-anchor=\"end\">0</text>\n", top
	printf "<polyline class=\"l\" points=\""
	for (i = 1; i <= n; i++)
		printf "%.1f,%.1f ", 40 + 230 * xs[i] / xs[n], 190 - 160 * ys[i] / top
	printf "\"/>\n"
	for (i = 1; i <= n; i++) {
		x = 40 + 230 * xs[i] / xs[n]
		y = 190 - 160 * ys[i] / top
		printf "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\"/><text x=\"%.1f\" y=\"206\" text-anchor=\"middle\">%d</text>\n", x, y, x, xs[i]
	}
	print "</g>"
	plots++
	n = 0
}
BEGIN {
	print "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 1220 220\" font-family=\"sans-serif\" font-size=\"11\">"
	print "<style>.t{font-size:13px;font-weight:bold}.a{fill:none;stroke:#888}.l{fill:none;stroke:#1a66c2;stroke-width:2}circle{fill:#1a66c2}</style>"
	print "<rect width=\"1220\" height=\"220\" fill=\"#fff\"/>"
}
/^# / { flush_plot(); title = substr($0, 3); next }
NF == 2 { n++; xs[n] = $1; ys[n] = $2 }
END { flush_plot(); print "</svg>" }
