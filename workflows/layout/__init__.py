"""Where the steps of a flow stand and how the lines between them run. Pure arithmetic on names and sizes: it
knows neither viewflow nor Django, so that the page, the printed case and the BPMN file share one layout.

`graph` says what leads where, `placing` gives every step a column and a row, `routing` leads the lines
through the free channels between columns and rows, `lay_out` turns both into coordinates.
"""

from workflows.layout.coordinates import Box, Layout, Line, Size, lay_out
from workflows.layout.graph import Graph, Step, Way

__all__ = ["Box", "Graph", "Layout", "Line", "Size", "Step", "Way", "lay_out"]
