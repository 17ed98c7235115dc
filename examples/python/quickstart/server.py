from dovetail import Server

server = Server("demo")


@server.tool
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


server.run()  # stdio; server.run(http="127.0.0.1:8000") serves HTTP
