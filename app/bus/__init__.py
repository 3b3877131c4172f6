"""Where events go: each module is one EventPublisher."""
