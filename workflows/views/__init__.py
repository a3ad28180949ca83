"""The pages of the workflow room: the inbox, the one page of a task, the page of a case, every verb. Each
parses, asks one service and answers; what may be offered is asked of `workflows.verbs`.
"""
