"""The demonstration school, the fictional Qingyu University (青屿大学), made once and by the very operations
that make a real one. Nobody in it lives anywhere. It exists only where settings.DEMO is true.
"""
