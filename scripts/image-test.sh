#!/usr/bin/env bash
# Builds the images of deploy/docker/Dockerfile for real and runs them as an orchestrator would: read-only root, no
# capabilities, no root. Says "SKIPPED: …" and ends well where the machine has no container tool.
#
#   scripts/image-test.sh
#
#   IMAGE_TEST_INSTALL=1     installs podman, buildah, runc and debootstrap by apt-get where no tool is there (needs root)
#   IMAGE_TEST_BUILD_IMAGE   the image that builds; without it, Docker takes the one of the Dockerfile, and podman one that
#                            is made here: Debian 12 by debootstrap with this machine's Rust, so no registry is needed
#   IMAGE_TEST_TAG           tag of the images (test)
#   IMAGE_TEST_NICE          how much the build gives way to others (0)
#
# Needs some 8 GB in the folder of the container tool. The first build takes long (half an hour on two busy cores); layers
# of dependencies and the base are kept for the next one.
set -euo pipefail
cd "$(dirname "$0")/.."

tag=${IMAGE_TEST_TAG:-test}
revision=$(git rev-parse HEAD 2>/dev/null || echo unknown) # of the start: a build takes long
base=localhost/marquee-build-base:bookworm
targets="auth-service movies-api captcha-service cinema"
source scripts/image-test/tool.sh
source scripts/image-test/run.sh

skip() {
    echo "SKIPPED: $1"
    exit 0
}

choose_tool || skip "no container tool is here (docker with a daemon, or podman with buildah); IMAGE_TEST_INSTALL=1 installs one"
echo "image-test: with $tool"

temporary=$(mktemp -d)
chmod 711 "$temporary" # containers read their secrets in it as a user of their own
trap clean_up EXIT

started=$SECONDS
build_all
echo "image-test: built in $((SECONDS - started)) s"

check_images
start_servers
check_migrations
check_services
check_cinema
echo "image-test: all is well"
