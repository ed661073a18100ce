"""Synthetic noise of an airfoil: rows of the same columns and ranges as the public wind-tunnel measurements.

    python airfoil.py > mounted/airfoil_self_noise.csv

Columns, separated by tabs, without a heading: frequency (Hz), angle of attack (degrees), chord (m), speed of
the stream (m/s), thickness of the boundary layer (m), sound pressure level (dB). The formula is made up: a
hump over the logarithm of the frequency, whose place depends on speed and thickness. Students get the file
and not the formula.
"""

import math
import random
import sys

ROWS = 1503
SEED = 11
NOISE = 1.5
"""Standard deviation of what no formula tells, in dB."""

FREQUENCIES = tuple(round(200 * 10 ** (step / 10)) for step in range(21))
CHORDS = (0.0254, 0.0508, 0.1016, 0.1524, 0.2286, 0.3048)
SPEEDS = (31.7, 39.6, 55.5, 71.3)


def inputs(chance):
    """Return the five inputs of one row."""
    chord = chance.choice(CHORDS)
    angle = round(chance.uniform(0, 22), 1)
    thickness = round(chord * (0.015 + 0.004 * angle) * math.exp(chance.gauss(0, 0.3)), 6)
    return chance.choice(FREQUENCIES), angle, chord, chance.choice(SPEEDS), thickness


def level(frequency, angle, chord, speed, thickness):
    """Return the sound pressure level without its noise, in dB."""
    place = math.log10(frequency * thickness / speed)
    hump = 14 * (place + 0.2) ** 2
    return 130 + 25 * math.log10(speed / 71.3) - min(hump, 25) + 12 * (chord - 0.15) + 0.15 * angle


def rows(seed, count):
    """Return so many rows, each the inputs and the level with its noise."""
    chance = random.Random(seed)
    found = []
    for _ in range(count):
        given = inputs(chance)
        found.append((*given, round(level(*given) + chance.gauss(0, NOISE), 3)))
    return found


if __name__ == "__main__":
    sys.stdout.writelines("\t".join(map(str, row)) + "\n" for row in rows(SEED, ROWS))
