"""A signed-in search with the generated models: requests are built from them, answers are read into them."""

import os

import httpx
from marquee.auth import DeviceInput, LogInRequest, LogInResponse
from marquee.movies import Problem, SearchFilmsResponse

request = LogInRequest(
    email=os.environ["EMAIL"],
    password=os.environ["PASSWORD"],
    known_device=os.environ["KNOWN_DEVICE"],
    device=DeviceInput(kind="tv", name="Living room"),
)
body = request.model_dump(mode="json", exclude_none=True)
session = httpx.post(os.environ["AUTH_URL"] + "/api/v1/sessions", json=body).raise_for_status()
token = LogInResponse.model_validate_json(session.content).tokens.access_token
with httpx.Client(base_url=os.environ["MOVIES_URL"], headers={"authorization": f"Bearer {token}"}) as movies:
    answer = movies.get("/api/v1/films/search", params={"query": "godfathr", "page_size": 5}).raise_for_status()
    found = SearchFilmsResponse.model_validate_json(answer.content)
    print(found.viewer.mode.value, found.items[0].title)
    missing = movies.get("/api/v1/films/00000000-0000-7000-8000-000000000000")
    print(missing.status_code, Problem.model_validate_json(missing.content).code)
