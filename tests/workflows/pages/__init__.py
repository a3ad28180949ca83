"""The pages of the workflow room: lists, the page of a task and of a case, every verb."""
