package main

import "context"

// parts are the programs that a bench starts in network namespaces. People do not name them.
var parts = map[string]func(ctx context.Context, args []string, out *report) error{
	transportsPart: measureTransports,
	cursorsPart:    pointAndWatch,
	strokesPart:    drawStrokes,
}
