"""What processes with a panel share: its seats and substitutes, its two rounds, whoever presides. What is
judged, who must not judge it and what comes of it is each process's own.
"""
