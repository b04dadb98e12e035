"""`chalice package`: what would be deployed, built without AWS."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from functions import console
from infra.deploy.chalice import write_stage
from infra.deploy.outputs import environment
from infra.deploy.policies import Place, policies
from infra.deploy.sample import LAYER, OUTPUTS

ROOT = Path(__file__).parents[2]
STAGE, REGION, ACCOUNT = "acme-prod", "eu-central-1", "123456789012"
BATCH = {
    *("WriteLake", "Compact", "Rollup", "Rerate", "Bill", "SyncBills", "SyncAssistants", "Retain")
}


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], set[str]]:
    """The SAM template and the names in the zip. Dependencies are left out: installing them needs
    an index."""
    project = tmp_path_factory.mktemp("project")
    for name in ("chalicelib", "functions", ".chalice"):
        shutil.copytree(
            ROOT / name, project / name, ignore=shutil.ignore_patterns("__pycache__", "deploy*")
        )
    (project / "vendor").mkdir()
    (project / "vendor" / "functions").symlink_to("../functions")
    shutil.copy(ROOT / "app.py", project)
    (project / "requirements.txt").write_text("")
    place = Place(STAGE, REGION, ACCOUNT, OUTPUTS)
    write_stage(
        project / ".chalice", STAGE, environment(STAGE, REGION, OUTPUTS), [LAYER], policies(place)
    )
    command = [sys.executable, "-m", "infra.deploy.packager", "package", "--stage", STAGE, "out"]
    variables = {**os.environ, "AWS_DEFAULT_REGION": REGION, "PYTHONWARNINGS": "ignore"}
    variables["PYTHONPATH"] = str(ROOT)
    done = subprocess.run(
        command, cwd=project, env=variables, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    with zipfile.ZipFile(project / "out" / "deployment.zip") as archive:
        names = set(archive.namelist())
    return json.loads((project / "out" / "sam.json").read_text()), names


def functions(template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Properties of the Lambda functions by their name in the template."""
    found = {
        name: each
        for name, each in template["Resources"].items()
        if each["Type"] == "AWS::Serverless::Function"
    }
    return {name: each["Properties"] for name, each in found.items()}


def test_our_code_is_in_the_package(package: tuple[dict[str, Any], set[str]]) -> None:
    _, names = package
    assert {
        "app.py",
        "functions/table.py",
        "functions/meter/ai/completions.py",
        "chalicelib/aws/world.py",
    } <= names
    assert {
        "functions/routes.json",
        "chalicelib/pricing/book.json",
        "chalicelib/pricing/media.json",
    } <= names
    assert not any(name.startswith(("tests/", "infra/")) for name in names)


def test_every_module_comes_with_its_bytecode(
    package: tuple[dict[str, Any], set[str]],
) -> None:
    """Lambda cannot keep what it compiles: without it each cold start compiles all that it
    imports."""
    _, names = package
    modules = {name for name in names if name.endswith(".py")}
    tag = sys.implementation.cache_tag
    missing = []
    for module in modules:
        folder, _, file = module.rpartition("/")
        compiled = f"__pycache__/{file.removesuffix('.py')}.{tag}.pyc"
        if (f"{folder}/{compiled}" if folder else compiled) not in names:
            missing.append(module)
    assert missing == []


def test_api_gateway_needs_few_resources(package: tuple[dict[str, Any], set[str]]) -> None:
    template, _ = package
    paths = template["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]["paths"]
    nodes = {
        tuple(path.strip("/").split("/")[:depth])
        for path in paths
        for depth in range(path.count("/") + 1)
    }
    assert len(nodes) < 60
    assert any("{proxy+}" in path for path in paths)
    assert "/" in paths, "a greedy route does not match the root"


def test_the_package_holds_the_console(package: tuple[dict[str, Any], set[str]]) -> None:
    built = {f"chalicelib/console/{path.name}" for path in console.FOLDER.glob("*")}
    assert built <= package[1]


def test_each_function_has_its_size_and_its_policy(
    package: tuple[dict[str, Any], set[str]],
) -> None:
    made = functions(package[0])
    assert made["APIHandler"]["Timeout"] == 30
    for name in BATCH & set(made):
        assert made[name]["Layers"] == [LAYER]
        assert made[name]["Timeout"] >= 300
    roles = [each for each in package[0]["Resources"].values() if each["Type"] == "AWS::IAM::Role"]
    assert len(roles) == len(made)
    for role in roles:
        for policy in role["Properties"]["Policies"]:
            for statement in policy["PolicyDocument"]["Statement"]:
                if statement["Action"] == ["dynamodb:ListStreams"]:  # granted on nothing else
                    continue
                assert all(
                    resource not in ("*", "arn:aws:logs:*:*:*")
                    for resource in statement["Resource"]
                )


def test_all_functions_are_bound(package: tuple[dict[str, Any], set[str]]) -> None:
    light = {"APIHandler", "Advise", "CountBudgets", "Deliver", "Enforce", "EvaluateAlerts"}
    assert {*light, "WatchBills", *BATCH} == set(functions(package[0]))
