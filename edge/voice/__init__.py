"""Recorded prompts: for each language `units.tsv` (name, text) and one WAV per name. Data only.

Made by deploy/make-voice-units.sh with espeak-ng, a program under GPL 3 or later; its output is
taken to be free of that. For another voice, record the same names in the same
format (8 kHz, 8 bit, mono).
"""
