"""`python -m locust`."""

from locust.main import main

main()
