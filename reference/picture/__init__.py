"""The picture of an assignment's computation graph: ``graph.toml`` in, SVG out. No torch in here.

``graph``   what a picture shows, read from the parsed file
``layout``  the graph in the language of Graphviz, laid out by its program ``dot``
``drawing`` what ``dot`` answers, as an SVG that a page can hold

    python -m reference.picture FOLDER      (or: chainrule picture FOLDER)

writes ``graph.svg`` (from left to right) and ``graph-narrow.svg`` (from top to bottom, for phones) beside
the ``graph.toml`` of that folder.
"""

from reference.picture.drawing import svg
from reference.picture.graph import Edge, Graph, GraphError, Node, Value, read
from reference.picture.layout import dot

__all__ = ["Edge", "Graph", "GraphError", "Node", "Value", "dot", "read", "svg"]
