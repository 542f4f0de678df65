"""
What the product tells people outside its pages: in their inbox and by SMS, by e-mail later.

Owns the ports of the channels and the texts. Leaves the question whether somebody must be told to the concept
where it happened, and repeating a notice that could not be sent to the outbox.
"""
