"""An assignment's computational graph, as boxes and as SVG."""
