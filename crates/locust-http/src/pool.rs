//! Which idle connection serves a request.
