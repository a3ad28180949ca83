"""`make story`: the main job told on real parts, headless: a temporary database, a broker of its own, the
real worker, gateway and controller as processes, and every step in plain words. It ends with one line of
JSON.
"""
