"""Two people, one mechanism: what decides about money is proposed by one and approved by another.

A program that uses it has the tables in its own database and says which kinds there are.
"""
