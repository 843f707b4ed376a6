"""What both HTTP sessions share."""
