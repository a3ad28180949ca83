"""Two processes in two makes each, only for benches: as Clearbench writes a process, and as bare viewflow. An
app of its own, because viewflow stores a flow by the app that contains it.
"""
