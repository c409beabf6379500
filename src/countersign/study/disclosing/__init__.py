"""Protection on plain tables: `countersign.disclosure` lists the verbs."""
