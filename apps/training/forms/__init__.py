"""What people fill in on the pages of training. Whether it is allowed is the operations' to say."""
