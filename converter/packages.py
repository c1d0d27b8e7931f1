"""Which packages a command needs, told before it starts and not as a traceback in the middle."""

from importlib.util import find_spec

from converter.errors import PackageMissing


def require(*modules: str) -> None:
    """Checks that all are installed, without importing them.

    Raises:
        PackageMissing: with what to install.
    """
    missing = [module for module in modules if find_spec(module) is None]
    if missing:
        raise PackageMissing(
            f"not installed: {', '.join(missing)}; this command needs the converter's packages: "
            "pip install 'siamese-edge[convert]'"
        )
