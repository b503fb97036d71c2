"""What people look for in vain, who answers it, and what to make of it."""
