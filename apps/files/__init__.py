"""Large files: uploads that go on where they were cut, outside the web root, checked before anybody gets
them, handed out in parts, kept for so long. Whose they are and who may read them is their owner's to say.
"""
