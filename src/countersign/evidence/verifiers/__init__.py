"""Two verifiers that go into every bundle. They share no code with Countersign: nothing here may be imported by it."""
