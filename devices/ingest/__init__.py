"""From a frame to committed rows: everything a device says comes in here, once, in one transaction each.
This room owns who is believed, what is a repetition and what is refused; it never touches MQTT, threads or
the present moment, and judges nothing itself: that is the gate's part, and counting use is the meter's."""

from devices.ingest.door import Handled, Ingest

__all__ = ["Handled", "Ingest"]
