"""The audit trail: who did what, why, and what it was before and after. Only ever added to.

`service` appends, `chain` is what makes a change of it visible, `checking` reads it through.
"""
