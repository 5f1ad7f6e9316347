#!/bin/sh
# Records the voice units of edge/voice: one WAV (8 kHz, 8 bit, mono) for each line of units.tsv.
# Records what is missing; delete a file to have it recorded again. Needs espeak-ng and sox from
# Debian. Run it in the project's root after a change of units.tsv.
# A yard that wants a human voice records the same names in the same format instead.
set -eu

raw=$(mktemp -d)
trap 'rm -r "$raw"' EXIT

record() {                     # language folder, espeak-ng voice
    tab=$(printf '\t')
    grep -v -e '^#' -e '^$' "edge/voice/$1/units.tsv" | while IFS=$tab read -r name text spoken; do
        unit="edge/voice/$1/$name.wav"
        if [ -e "$unit" ]; then continue; fi
        # Chinese plates have Latin letters.
        case $name in letter_*) voice=en-us ;; *) voice=$2 ;; esac
        # Numbers and plates slowly, sentences as people say them.
        speed=165
        if [ ${#text} -gt 9 ]; then speed=185; fi
        espeak-ng -v "$voice" -s "$speed" -w "$raw/unit.wav" "${spoken:-$text}"
        # As loud as can be, and no silence at either end: the composer puts the pauses in.
        sox -D "$raw/unit.wav" -r 8000 -b 8 -e unsigned-integer -c 1 "$unit" \
            silence 1 0.01 0.5% reverse silence 1 0.01 0.5% reverse norm -1
    done
}

# The voice that is called cmn alone reads pinyin aloud as English.
record zh cmn-latn-pinyin
record en en-us
du -sh edge/voice
