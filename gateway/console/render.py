"""Renders pages: templates, texts, and the headers that keep a page to itself."""

import json
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse

from gateway.console.language import Texts, catalogue
from gateway.console.modules import modules_of
from gateway.console.static_files import PREFIX

HERE: Final = Path(__file__).parent

_TEMPLATES: Final = Environment(
    loader=FileSystemLoader([HERE / "templates", HERE.parent / "receipt" / "templates"]),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.globals |= {"modules_of": modules_of, "static": PREFIX}


def render(
    request: Request, template: str, text: Texts, values: dict[str, Any], *, status: int = 200
) -> HTMLResponse:
    """Return `template` in the language of `text`; an undefined name in it raises."""
    json_texts = json.dumps(dict(catalogue(text.language)), ensure_ascii=False)
    other = "en" if text.language == "zh" else "zh"
    switch = request.url.include_query_params(lang=other)
    page = _TEMPLATES.get_template(template).render(
        t=text,
        lang="zh-CN" if text.language == "zh" else "en",
        language=text.language,
        texts_json=Markup(json_texts.replace("<", "\\u003c")),  # noqa: S704 - our own texts
        switch_url=f"{switch.path}?{switch.query}",
        **values,
    )
    headers = {"Vary": "Accept-Language, Cookie", "Cache-Control": "no-cache"}
    return HTMLResponse(page, status, headers)
