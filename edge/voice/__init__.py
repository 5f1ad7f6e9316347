"""Recorded prompts: for each language `units.tsv` (name, text) and one WAV per name. Data only.

Made by deploy/make-voice-units.sh; whoever wants another voice records the same names in the same
format (8 kHz, 8 bit, mono).
"""
