"""placeholder"""


def run(a):
    yield {}
