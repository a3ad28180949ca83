"""The project's own tools around the product: set up a machine, run the demo, throw-away databases and
brokers, checks. Standard library only wherever it can be, and nothing in the product imports from here.
"""
