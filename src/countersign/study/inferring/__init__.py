"""The methods of inference on plain tables: each verb reduces tables through their engine and calls a room.

One module per family of methods. `countersign.inference` lists them all.
"""
