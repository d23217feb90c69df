"""Meta-data of builds: keys and values that outlive their jobs."""
