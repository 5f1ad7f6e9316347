"""What the gateway can prove.

`facts` says each fact as a line, `export` all of them, `heads` keeps the list over them that is
signed.
"""
