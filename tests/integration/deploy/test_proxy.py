"""The shipped proxy leads to the shipped gateway, and treats the paths apart that it has."""

import re
import tomllib
from pathlib import Path

from starlette.testclient import TestClient

from tests.integration.gateway_http.world import make_world

DEPLOY = Path(__file__).parents[3] / "deploy"
PROXY = (DEPLOY / "nginx.example.conf").read_text()


def test_it_asks_where_the_example_gateway_listens() -> None:
    http = tomllib.loads((DEPLOY / "gateway.example.toml").read_text())["http"]
    asked = set(re.findall(r"proxy_pass ([^;]+);", PROXY))
    assert asked == {f"http://{http.get('host', '127.0.0.1')}:{http['port']}"}


def test_the_paths_that_it_treats_apart_are_the_gateways(tmp_path: Path) -> None:
    world = make_world(tmp_path)
    paths = TestClient(world.app).get("/openapi.json").json()["paths"]
    world.engine.dispose()
    (hidden,) = re.findall(r"location ~ \^/\(([a-z|]+)\)\$ \{\s*return 404;", PROXY)
    assert {f"/{name}" for name in hidden.split("|")} == {
        path for path in paths if path.count("/") == 1
    }
    (stream,) = re.findall(r"location = (\S+) \{[^}]*proxy_buffering off;", PROXY)
    assert stream in paths
