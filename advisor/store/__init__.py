"""Tables of the service, their migrations, and one small repository per thing."""
