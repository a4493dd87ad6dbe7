"""The three networks of the small model: text encoder, denoiser and autoencoder."""
