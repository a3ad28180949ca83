"""The workflow room: its engine on toy flows, then each process."""
