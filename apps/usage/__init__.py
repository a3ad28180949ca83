"""Sessions of use and the records made from them; meter.py is all that devices may write."""
