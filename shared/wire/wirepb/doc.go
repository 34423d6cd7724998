// Package wirepb is what protoc-gen-go makes of edgeboard.proto, see
// scripts/generate.sh. It is the measure of package wire, which its tests
// compare with it in both directions, and serves programs that use Google's
// runtime anyway. The page does without: it would grow by half a megabyte.
package wirepb
