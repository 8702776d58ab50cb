"""A network as it is in use, whatever it is called with: `evaluate` takes the losses of a training step with it."""


class InUse:
    """Stands for a network, and calls it with `training=False`.

    Args:
        network: Built Keras model.
    """

    def __init__(self, network):
        self._network = network

    def __call__(self, *args, **kwargs):
        return self._network(*args, **{**kwargs, "training": False})

    def __getattr__(self, name):
        return getattr(self._network, name)
