"""Bitmaps of the characters that a slip can hold. Data only.

`unifont.hex` is a part of GNU Unifont 15.0.01, under the SIL Open Font License 1.1 beside it:
`code point:rows`, 16 rows of 8 or 16 dots. Made by deploy/make-glyphs.sh from `characters.txt`.
"""
