"""The pages of training: the exam, sessions, the trainers' desk, assessments, the register of certificates,
the question bank, courses and rubrics. Each view asks one operation.
"""
