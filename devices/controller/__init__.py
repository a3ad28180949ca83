"""The reference controller: what stands between a card and a relay. It owns the pure state machine, its
flash, its drivers and the loop that joins them; it runs alone on a small computer, imports no Django
and decides nothing that only the server may decide. With the simulated driver it is also the simulator
of the demo and of every fault test."""
