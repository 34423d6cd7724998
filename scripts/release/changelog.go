package main

import (
	"fmt"
	"os"
	"regexp"
	"time"
)

const changelog = "CHANGELOG.md"

// release is what the changelog says of one.
type release struct {
	version string
	day     time.Time // UTC
}

// heading is that of a version, as https://keepachangelog.com has it; the numbers are
// those of https://semver.org.
var heading = regexp.MustCompile(`(?m)^## \[((?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:-[0-9A-Za-z.-]+)?)\] - (\d{4}-\d\d-\d\d)\r?$`)

// newest is the first release that a changelog names. What is not released yet, under
// "## [Unreleased]", stands above it and is no version.
func newest(file string) (release, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return release{}, err
	}
	found := heading.FindSubmatch(text)
	if found == nil {
		return release{}, fmt.Errorf("%s has no heading such as ## [1.0.0] - 2026-11-22", file)
	}
	day, err := time.Parse(time.DateOnly, string(found[2]))
	if err != nil {
		return release{}, fmt.Errorf("%s: the day of %s: %w", file, found[1], err)
	}
	return release{version: string(found[1]), day: day}, nil
}
