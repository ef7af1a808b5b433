"""The Telegram door: updates in by polling or webhook, messages out, nothing of the conversation itself."""
