package redis

import (
	"context"
	"crypto/rand"
	"fmt"
	"regexp"
	"strconv"

	"github.com/redis/rueidis"

	"edgeboard/relay/cluster"
)

// Ping is as in [cluster.Engine].
func (e *Engine) Ping(ctx context.Context) (incarnation string, err error) {
	name, err := call(ctx, e, func(ctx context.Context, c rueidis.Client) (string, error) {
		keys := []string{e.keys.incarnation(), e.keys.pinged()}
		return pingScript.Exec(ctx, c, keys, []string{rand.Text(), e.keys.subject("")}).ToString()
	})
	e.mu.Lock()
	was, examined := e.incarnation, e.examined
	if err == nil {
		e.incarnation, e.examined = name, true
	}
	e.mu.Unlock()
	if err != nil {
		return "", err
	}
	if was != "" && was != name {
		e.ears.forget()
	}
	if !examined {
		e.begin(e.examine)
	}
	return name, nil
}

// Redis 6.2 is the first that knows XTRIM MINID.
var version = regexp.MustCompile(`(?m)^redis_version:(\d+)\.(\d+)`)

// examine warns of what an operator should set otherwise. Where it may not ask it is
// silent.
func (e *Engine) examine() {
	ask := func(command func(c rueidis.Client) rueidis.Completed) rueidis.RedisResult {
		result, err := call(e.ctx, e, func(ctx context.Context, c rueidis.Client) (rueidis.RedisResult, error) {
			result := c.Do(ctx, command(c))
			return result, result.Error()
		})
		if err != nil {
			e.log.Debug("redis does not say how it is set up", "error", err)
		}
		return result
	}
	if info, err := ask(func(c rueidis.Client) rueidis.Completed { return c.B().Info().Section("server").Build() }).ToString(); err == nil {
		if m := version.FindStringSubmatch(info); m != nil {
			major, _ := strconv.Atoi(m[1])
			minor, _ := strconv.Atoi(m[2])
			if major < 6 || major == 6 && minor < 2 {
				e.log.Warn("redis is too old: snapshots need 6.2 or newer", "version", m[1]+"."+m[2])
			}
		}
	}
	set := func(name string) string {
		values, err := ask(func(c rueidis.Client) rueidis.Completed {
			return c.B().ConfigGet().Parameter(name).Build()
		}).AsStrMap()
		if err != nil {
			return ""
		}
		return values[name]
	}
	file, flush, policy := set("appendonly"), set("appendfsync"), set("maxmemory-policy")
	switch {
	case file == "no":
		e.log.Warn("redis keeps its data in memory alone, or in a copy of now and then: what was acknowledged is lost when it stops. Set appendonly yes and appendfsync always", "appendonly", file)
	case flush != "" && flush != "always":
		e.log.Warn("redis writes to its disk later than it acknowledges: the last of it is lost when the machine stops. Set appendfsync always", "appendfsync", flush)
	}
	if policy != "" && policy != "noeviction" {
		e.log.Warn("redis drops data when its memory is full, boards among it. Set maxmemory-policy noeviction", "maxmemory-policy", policy)
	}
	e.log.Debug("how redis is set up", "appendonly", file, "appendfsync", flush, "maxmemory-policy", policy)
}

// Hold is as in [cluster.Engine].
func (e *Engine) Hold(ctx context.Context, lease, who string) (bool, error) {
	has, err := call(ctx, e, func(ctx context.Context, c rueidis.Client) (int64, error) {
		arguments := []string{who, strconv.FormatInt(cluster.LeaseTime.Milliseconds(), 10)}
		return holdScript.Exec(ctx, c, []string{e.keys.lease(lease)}, arguments).AsInt64()
	})
	if err != nil {
		return false, fmt.Errorf("hold %s: %w", lease, err)
	}
	return has == 1, nil
}

// Release is as in [cluster.Engine].
func (e *Engine) Release(ctx context.Context, lease, who string) error {
	_, err := call(ctx, e, func(ctx context.Context, c rueidis.Client) (int64, error) {
		return releaseScript.Exec(ctx, c, []string{e.keys.lease(lease)}, []string{who}).AsInt64()
	})
	if err != nil {
		return fmt.Errorf("release %s: %w", lease, err)
	}
	return nil
}
