"""`chalice`, whose packages hold bytecode: `python -m infra.deploy.packager deploy --stage acme`.

Chalice packs sources only, and Lambda's file system cannot keep what Python compiles of them: every
cold start would compile every module that it imports, which takes twice as long as all else in it.
"""

import compileall
import tempfile
import zipfile
from pathlib import Path
from py_compile import PycInvalidationMode
from typing import Any

from chalice.cli import main
from chalice.deploy.packager import LambdaDeploymentPackager

_CACHE = "__pycache__"


def add_bytecode(package: Path) -> int:
    """Compile the modules of a zip and add what comes of them; how many that were.

    The bytecode is believed without a look at its source: nothing changes in a deployed zip. It is
    of this interpreter, which is the runtime that Chalice deploys to.
    """
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(package) as archive:
            present = set(archive.namelist())
            sources = [name for name in present if name.endswith(".py")]
            archive.extractall(folder, members=sources)
        compileall.compile_dir(
            folder,
            maxlevels=100,
            quiet=2,
            stripdir=folder,
            invalidation_mode=PycInvalidationMode.UNCHECKED_HASH,
        )
        compiled = sorted(Path(folder).rglob(f"{_CACHE}/*.pyc"))
        with zipfile.ZipFile(package, "a", zipfile.ZIP_DEFLATED) as archive:
            for path in compiled:
                archive.write(path, str(path.relative_to(folder)))
    return len(compiled)


def _drop_caches(package: Path) -> None:
    """Leave out the caches of the working folder, which are checked against its times."""
    beside = package.with_suffix(".tmp")
    with zipfile.ZipFile(package) as old, zipfile.ZipFile(beside, "w", zipfile.ZIP_DEFLATED) as new:
        for item in old.infolist():
            if f"{_CACHE}/" not in item.filename:
                new.writestr(item, old.read(item.filename))
    beside.replace(package)


def _with_bytecode(create: Any) -> Any:  # noqa: ANN401 - Chalice is not typed
    def create_deployment_package(
        self: Any,  # noqa: ANN401 - Chalice is not typed
        project_dir: str,
        python_version: str,
    ) -> str:
        expected = Path(self.deployment_package_filename(project_dir, python_version))
        is_there = expected.exists()
        package: str = create(self, project_dir, python_version)
        if not is_there:
            _drop_caches(Path(package))
            add_bytecode(Path(package))
        return package

    return create_deployment_package


if __name__ == "__main__":
    LambdaDeploymentPackager.create_deployment_package = _with_bytecode(
        LambdaDeploymentPackager.create_deployment_package
    )
    main()
