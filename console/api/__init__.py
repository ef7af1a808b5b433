"""The agency API: JSON over HTTP for agencies that have software of their own. See docs/api-instansi.md."""
