"""Real programs: mosquitto, PostgreSQL, the supervisor and its children, started as a user would start
them.
"""
