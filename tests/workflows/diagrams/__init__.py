"""The shape of a flow as data, as a picture and as a BPMN file."""
