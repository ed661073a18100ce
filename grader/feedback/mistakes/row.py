"""What is said of one mistake."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """The words of one mistake, or of several that are said alike.

    codes  what programs call it, with spaces between several
    title  in a few words
    what   a sentence; ``{where}`` is the step, further values are those of ``grader.feedback.mistake_words``
    help   what to do
    wrong  a line of code that makes it, and ``right`` the line that should stand there; both empty where it
           is told by no line
    seen   how many submissions made it or its like, of those of ``COUNTED``; 0 stands for once at most
    """

    codes: str
    title: str
    what: str
    help: str
    wrong: str = ""
    right: str = ""
    seen: int = 0
