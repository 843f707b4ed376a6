"""What `locust check` knows: what to look out for in a locustfile, what a run would do, and one pass of each task."""
