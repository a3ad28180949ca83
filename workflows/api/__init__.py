"""The workflow room for programs: the same cases, the same verbs and the same refusals as on the pages.
Reading asks `visibility`, acting asks `services`, and nothing here decides anything.
"""
