"""A grading's view for each kind of reader: terminal, JSON, JUnit, Gradescope, CSV.

Renderers format and escape; they decide nothing about who may see what, and know no sentence about a
submission that ``grader.feedback`` did not write.
"""
