"""The shipped bundles, made from models that a package registry brings."""
