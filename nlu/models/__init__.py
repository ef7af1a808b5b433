"""The statistics behind the components: plain numpy and scipy, no Rasa, so they can be measured quickly."""
