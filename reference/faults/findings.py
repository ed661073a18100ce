"""What is said where no single fault of the catalogue is named."""

from reference.faults.fault import Fault

FINDINGS = (
    Fault(
        "constant_factor",
        "off by a constant factor",
        "{where}: {times} times what it should be{meaning}.",
        "Look for a mean, a sum or a factor that is taken once too often or not at all.",
        "reduction",
    ),
    Fault(
        "convention",
        "the mean is taken elsewhere",
        "{where}: {title}. Another function takes that back, and together they are right.",
        "Look in the text of the assignment which of the two divides here, and move the division there.",
        "reduction",
        7,
    ),
    Fault(
        "consequential",
        "right, given your {because}",
        "{where}: this is what follows from your own {because}, which is wrong.",
        "Nothing is to be mended here: mend {because} first.",
        "bookkeeping",
    ),
    Fault(
        "carried_on",
        "right, given what it builds on",
        "{where}: right for the entries that it builds on, one of which is wrong.",
        "Nothing is to be mended here: mend that entry first.",
        "bookkeeping",
    ),
    Fault(
        "unknown",
        "not a known mistake",
        "No known mistake gives these numbers. {where}",
        "Take a small example, work the entry out by hand and compare.",
        "bookkeeping",
    ),
)
