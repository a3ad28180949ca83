"""A side does not keep an agreement about hosting: warning, time to mend it, suspension, resumption or the
end.
"""
