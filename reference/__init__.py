"""The truth about the mathematics: values and gradients in float64, and when numbers agree."""
