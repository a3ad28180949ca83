"""What people are told: notices in the product, by e-mail and by messenger, as each person prefers. Decides
nothing.
"""
