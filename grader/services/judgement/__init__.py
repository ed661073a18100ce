"""What people add to a result: points, remarks, requests, allowances."""
