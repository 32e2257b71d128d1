#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""pdf.py FILE: a document of one page, with the words "A document" and a red rectangle."""
import sys

page = b"BT /F1 48 Tf 40 600 Td (A document) Tj ET 0.9 0.2 0.1 rg 100 100 300 200 re f"
parts = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
         b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
         b"<</Length %d>>stream\n%s\nendstream" % (len(page), page), b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"]
text, at = b"%PDF-1.4\n", []
for i, part in enumerate(parts):
    at.append(len(text))
    text += b"%d 0 obj%s endobj\n" % (i + 1, part)
start = len(text)
text += b"xref\n0 6\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % a for a in at)
text += b"trailer<</Size 6/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % start
with open(sys.argv[1], "wb") as f:
    f.write(text)
