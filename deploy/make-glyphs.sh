#!/bin/sh
# Takes the characters of edge/glyphs/characters.txt, and ASCII, out of GNU Unifont.
# Needs the package unifont from Debian. Run it in the project's root.
set -eu
export LC_ALL=C

{
    seq 32 126 | awk '{ printf "%04X\n", $1 }'
    iconv -f UTF-8 -t UCS-2BE edge/glyphs/characters.txt | od -An -v -t x1 -w2 | tr -d ' ' | tr a-f A-F
} | sort -u | grep -v 000A |
    join -t : - /usr/share/unifont/unifont.hex > edge/glyphs/unifont.hex
wc -l edge/glyphs/unifont.hex
