"""Understanding Indonesian and Jambi Malay: the port, its adapters, and the Rasa project behind them."""
