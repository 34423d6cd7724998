//go:build race

package board

const raced = true
