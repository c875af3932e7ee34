.PHONY: help run test clients soak captcha-soak deploy-check image-test interop browser-test attack lint house fmt bench bench-partitions stub-providers up down compose-up compose-down

help: ## shows this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 10

run: ## the whole cinema in one process, data in ./data
	cargo run --release --bin cinema

test: ## every test, against SQLite, a private PostgreSQL and private Redis servers
	scripts/test.sh

clients: ## clients of the services in TypeScript and Python, generated into target/clients
	scripts/clients.sh

soak: ## ten million decisions of the limiter against a model, long outages of Redis, 2,000 generated requests an operation
	scripts/soak.sh

captcha-soak: ## a million contested answers and redeems of the captcha on each kind of store, and with Redis killed
	scripts/captcha-soak.sh

interop: ## against what is not ours: an OpenID provider, OAuth libraries, validators, generated clients, hashes of Python's libraries, generated requests
	scripts/interop.sh

browser-test: ## a real browser goes through the account pages, the check on TVs and /docs; WRITE_DOCS=1 takes the pictures of docs/
	scripts/browser-test.sh

attack: ## readers of text and bots against the captcha; ATTACK_PICTURES=100 is quick, WRITE_DOCS=1 publishes
	scripts/attack.sh

lint: ## format, clippy, the rules of tests/house, rustdoc; changes nothing
	scripts/lint.sh

house: ## lengths, documentation and words of each crate, beside three models of the field; fails nothing
	python3 scripts/house.py

deploy-check: ## everything in deploy/ is read by the tools it is for, and by checks of our own
	scripts/deploy-check.sh

fmt: ## formats the code
	cargo fmt --all

bench: ## speed and memory, as ratios to a bare route of the same run
	scripts/bench.sh

bench-partitions: ## what partitions cost and gain, 2,000,000 users; BENCH_USERS=100000 is quick, WRITE_DOCS=1 publishes
	scripts/bench-partitions.sh

stub-providers: ## social sign-in to click through: stand-ins for the providers, and a cinema that knows them
	scripts/stub-providers.sh

up: ## PostgreSQL, Redis, the services as processes of their own and nginx in front (127.0.0.1:8000)
	scripts/up.sh

down: ## stops what `make up` started
	scripts/down.sh

image-test: ## builds the container images and runs them closed up; skipped where no container tool is
	scripts/image-test.sh

compose-up: ## nginx, the services, PostgreSQL, Redis and Jaeger in containers; needs Docker
	deploy/secrets.sh
	MARQUEE_REVISION=$$(git rev-parse HEAD) docker compose -f deploy/compose.yaml up -d --build

compose-down: ## stops what `make compose-up` started; the data stays
	docker compose -f deploy/compose.yaml down
