"""What makes a person able and allowed: certificates, safety clearances, night endorsements, training
sessions.
"""
