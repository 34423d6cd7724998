#!/bin/sh
# Takes the pictures of the README, the moving one too, and those by which the page is looked over,
# into docs/pictures. Needs Chromium, and a font with Chinese for the Chinese
# ones (Debian: chromium, fonts-noto-cjk).
set -eu; cd -- "$(dirname "$0")/.."
scripts/build.sh
mkdir -p docs/pictures
EDGEBOARD_SHOTS=$PWD/docs/pictures go test -tags e2e -count=1 -run "^(TestScreenshots|TestMovingPicture|TestTour$)" ./scripts/e2e
