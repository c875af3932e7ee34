# What scripts/image-test.sh, which sources this, checks.

fail() {
    echo "image-test: FAILED: $1" >&2
    exit 1
}

free_port() {
    local port
    for _ in $(seq 50); do
        port=$((20000 + RANDOM % 10000))
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
    done
    fail "no free port"
}

# What an image says about itself, before it runs.
check_images() {
    local target image size
    for target in $targets; do
        image=marquee/$target:$tag
        [ "$(engine image inspect -f '{{.Config.User}}' "$image")" = 65532:65532 ] || fail "$target runs as root"
        engine image inspect "$image" | grep -q '"healthcheck"' || fail "$target has no health check"
        engine image inspect -f '{{json .Config.Labels}}' "$image" | grep -q "$revision" || fail "$target has no revision"
        size=$(engine image inspect -f '{{.Size}}' "$image")
        echo "image-test: $target has $((size / 1000000)) MB"
        if run_once --entrypoint /bin/sh "$image" -c true 2>/dev/null; then fail "$target has a shell"; fi
        if run_once "$image" healthcheck 2>/dev/null; then fail "$target is healthy where nothing runs"; fi
    done
}

start_servers() {
    local url name sql
    url=$(POSTGRES_THROWAWAY=1 scripts/postgres.sh start "$temporary/postgres")
    sql=$(command -v psql || ls /usr/lib/postgresql/*/bin/psql | tail -n 1)
    redis=$(scripts/redis.sh start "$temporary/redis")
    deploy/secrets.sh "$temporary/secrets" 2>/dev/null
    chmod 711 "$temporary/secrets" # mounted whole; in a temporary folder that goes with this test
    for name in auth movies; do
        "$sql" -q "$url" -c "CREATE DATABASE $name"
        rm -f "$temporary/secrets/$name-database-url"
        echo "${url%/*}/$name" >"$temporary/secrets/$name-database-url"
        chmod 444 "$temporary/secrets/$name-database-url"
    done
    secrets=(-v "$temporary/secrets:/etc/marquee:ro")
}

# Twice, and two at once: replicas of a release may all try.
check_migrations() {
    local -a auth=("${secrets[@]}" -e AUTH_DATABASE_URL_FILE=/etc/marquee/auth-database-url "marquee/auth-service:$tag" migrate)
    local -a movies=("${secrets[@]}" -e MOVIES_DATABASE_URL_FILE=/etc/marquee/movies-database-url "marquee/movies-api:$tag" migrate)
    local other
    run_once "${auth[@]}" &
    other=$!
    run_once "${auth[@]}" || fail "auth-service does not migrate"
    wait "$other" || fail "two migrations of auth-service at once"
    run_once "${movies[@]}" || fail "movies-api does not migrate"
    run_once "${movies[@]}" || fail "movies-api does not migrate twice"
}

check_services() {
    auth=127.0.0.1:$(free_port) movies=127.0.0.1:$(free_port) captcha=127.0.0.1:$(free_port)
    run captcha-service "${secrets[@]}" -e CAPTCHA_LISTEN="$captcha" -e CAPTCHA_REDIS_URL="$redis" \
        -e CAPTCHA_KEYS_FILE=/etc/marquee/captcha.keys -e CAPTCHA_SITES_FILE=/etc/marquee/captcha-sites \
        -e CAPTCHA_SERVICE_CLIENTS_FILE=/etc/marquee/captcha-clients "marquee/captcha-service:$tag"
    run auth-service "${secrets[@]}" -e AUTH_LISTEN="$auth" -e AUTH_REDIS_URL="$redis" \
        -e AUTH_DATABASE_URL_FILE=/etc/marquee/auth-database-url -e AUTH_KEY_DIR=/etc/marquee/signing-keys \
        -e AUTH_SERVICE_CLIENTS_FILE=/etc/marquee/auth-clients -e AUTH_CAPTCHA_URL="http://$captcha" \
        -e AUTH_CAPTCHA_SECRET_FILE=/etc/marquee/captcha-tv.secret \
        -e AUTH_CAPTCHA_CLIENT_SECRET_FILE=/etc/marquee/auth-service.secret "marquee/auth-service:$tag"
    run movies-api "${secrets[@]}" -e MOVIES_LISTEN="$movies" -e MOVIES_REDIS_URL="$redis" \
        -e MOVIES_DATABASE_URL_FILE=/etc/marquee/movies-database-url -e MOVIES_AUTH_URL="http://$auth" \
        -e MOVIES_AUTH_CLIENT_SECRET_FILE=/etc/marquee/movies-api.secret "marquee/movies-api:$tag"
    local name
    for name in captcha-service auth-service movies-api; do
        wait_healthy "$name"
        check_closed "$name"
    done
    serves "http://$auth/.well-known/jwks.json" '"keys"'
    serves "http://$movies/api/v1/films" '"items"'
    serves "http://$captcha/tv" '<html'
    for name in movies-api auth-service captcha-service; do check_stop "$name"; done
}

# All in one process, with nothing but its own volume.
check_cinema() {
    run cinema -e AUTH_LISTEN="$auth" -e MOVIES_LISTEN="$movies" -e CAPTCHA_LISTEN="$captcha" "marquee/cinema:$tag"
    wait_healthy cinema
    check_closed cinema
    serves "http://$movies/api/v1/films" '"items"'
    check_stop cinema
}

# By the image's own health check. podman leaves the timing to systemd, which need not be here, so it is asked each time.
wait_healthy() {
    local name=marquee-test-$1
    for _ in $(seq 300); do
        case $tool in
            docker) [ "$(docker inspect -f '{{.State.Health.Status}}' "$name")" != healthy ] || return 0 ;;
            podman) ! engine healthcheck run "$name" >/dev/null 2>&1 || return 0 ;;
        esac
        [ "$(engine inspect -f '{{.State.Running}}' "$name")" = true ] || break
        sleep 0.2
    done
    engine logs "$name" 2>&1 | tail -n 20 >&2
    fail "$1 does not become healthy"
}

# As the kernel sees it: no root, no capability, no new privileges, nothing to write to but volumes.
check_closed() {
    local pid
    pid=$(engine inspect -f '{{.State.Pid}}' "marquee-test-$1")
    grep -qE '^Uid:\s+65532\s+65532\s+65532\s+65532$' "/proc/$pid/status" || fail "$1 does not run as 65532"
    grep -qE '^CapEff:\s+0+$' "/proc/$pid/status" && grep -qE '^CapBnd:\s+0+$' "/proc/$pid/status" || fail "$1 has capabilities"
    grep -qE '^NoNewPrivs:\s+1$' "/proc/$pid/status" || fail "$1 may gain privileges"
    awk '$5 == "/" { print $6 }' "/proc/$pid/mountinfo" | grep -qE '^ro(,|$)' || fail "$1 has a root it can write to"
}

serves() {
    curl -fsS --max-time 10 "$1" | grep -q "$2" || fail "$1 does not answer as it should"
}

# Within the drain time, and with exit code 0: it left, nobody killed it.
check_stop() {
    local name=marquee-test-$1 before=$SECONDS code
    engine stop -t 20 "$name" >/dev/null
    code=$(engine inspect -f '{{.State.ExitCode}}' "$name")
    [ "$code" = 0 ] || fail "$1 ended with code $code"
    [ $((SECONDS - before)) -lt 15 ] || fail "$1 took too long to stop"
    echo "image-test: $1 became healthy, served, and stopped in $((SECONDS - before)) s"
}
