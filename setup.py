"""Carry the zoo into a wheel; everything else stands in setup.cfg."""

import pathlib
import shutil

from setuptools import setup
from setuptools.command.build_py import build_py


class BuildWithZoo(build_py):
    """Copy presets and weights to keras_facegan/zoo, where `paths.zoo_root` looks first."""

    def run(self):
        super().run()
        if not self.editable_mode:
            source, target = pathlib.Path("zoo"), pathlib.Path(self.build_lib) / "keras_facegan" / "zoo"
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(source, target)


setup(cmdclass={"build_py": BuildWithZoo})
