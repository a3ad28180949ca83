"""People and time: who is asked, in which order, until when. Each process is a folder with a flow and its
forms.
"""
