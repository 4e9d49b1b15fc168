"""Tools of servers that speak the Model Context Protocol, behind the one gate; and kefu's own tools for such clients."""
