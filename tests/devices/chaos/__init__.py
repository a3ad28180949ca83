"""The seeded chaos model (L1): real machines and flash under a virtual clock, a hostile transport, crashes
everywhere, any server that keeps the small interface of `server.py`, and an oracle that believes only
relay traces and committed records. How to plug in another server is written there."""
