"""A row of the catalogue of sentences."""

from dataclasses import dataclass

from grader.model.language import N_

READ_ALOUD = N_('Its own words: "{text}".')
"""What a submission wrote itself, where that may be shown."""


@dataclass(frozen=True)
class CatalogueEntry:
    """One row of the catalogue. Placeholders are the fact's values and those that ``values.py`` derives.

    message    for everyone who may see the case's message
    advice     what to do next
    own_words  added where the case's output may be seen: what the submission itself wrote
    staff      added for staff only: what the hidden tests wrote
    """

    message: str
    advice: str = ""
    own_words: str = ""
    staff: str = ""
