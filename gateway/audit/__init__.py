"""What the gateway can prove: its facts, their export, and the heads over them."""
