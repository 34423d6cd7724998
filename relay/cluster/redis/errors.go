package redis

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// errLate is of what was not answered in CallTimeout.
var errLate = errors.New("redis did not answer in time")

// remedies says what an operator does about errors of Redis, by their first word.
var remedies = map[string]string{
	"OOM":         "redis has no more memory: give it more (maxmemory), nothing is stored until then",
	"READONLY":    "this redis is a replica, which stores nothing: name its primary in the URL",
	"MISCONF":     "redis cannot write to its disk, and stores nothing until it can: look at its log",
	"NOAUTH":      "redis asks for a password: put it into the URL, redis://user:password@host",
	"WRONGPASS":   "redis does not know this user or password: look at the URL",
	"NOPERM":      "this user of redis may not do what is needed: it needs all commands on keys and channels of the prefix (ACL SETUSER … ~edgeboard:* &edgeboard:* +@all)",
	"LOADING":     "redis is still reading its data: it will answer when it has",
	"WRONGTYPE":   "redis has something else under a key of the prefix: let nothing else use it, or take another prefix",
	"NOREPLICAS":  "redis has fewer replicas than it is told to have (min-replicas-to-write), and stores nothing until it has",
	"CLUSTERDOWN": "the redis cluster lacks a part of its nodes, and stores nothing until they are back",
}

// A script's errors name that of the command somewhere, with a dash in Redis 6.
var codes = regexp.MustCompile(`\b(OOM|READONLY|MISCONF|NOAUTH|WRONGPASS|NOPERM|LOADING|WRONGTYPE|NOREPLICAS|CLUSTERDOWN)\b`)

// explain returns an error of Redis with what to do about it.
func explain(err error) error {
	if err == nil {
		return nil
	}
	code := codes.FindString(err.Error())
	if strings.Contains(err.Error(), "The user executing the script can't") {
		code = "NOPERM"
	}
	if code != "" {
		return fmt.Errorf("%s (%w)", remedies[code], err)
	}
	return err
}
