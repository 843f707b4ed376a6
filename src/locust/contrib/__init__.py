"""Clients beyond HttpUser, one a module."""
