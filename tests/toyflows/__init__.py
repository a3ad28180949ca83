"""Flows that exist only for tests. An app of its own, because viewflow stores a flow by the app that
contains it.
"""
