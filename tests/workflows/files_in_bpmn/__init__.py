"""Processes as BPMN files."""
