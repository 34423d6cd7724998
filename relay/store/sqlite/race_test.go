//go:build race

package sqlite_test

// slow says how many times fewer trials there are: SQLite in Go takes that much
// longer with the race detector.
const slow = 31
