package redis

import (
	"github.com/redis/rueidis"
)

// What must not be divided is done by scripts, which Redis runs alone. Each looks first at
// all that it reads, and writes then: if a key has something of another type it fails
// before it has changed anything. Numbers are texts in Lua, but when they are added to,
// since it would write large ones with an exponent.

// keys are the names of what is stored.
type keys struct{ prefix string }

// All keys of a log have its name in braces, so that they are on one node of a Redis
// Cluster, and one script can have them.
func (k keys) of(thing, part string) string { return k.prefix + ":{" + thing + "}:" + part }

func (k keys) entries(log string) string   { return k.of(log, "log") }
func (k keys) state(log string) string     { return k.of(log, "state") }
func (k keys) positions(log string) string { return k.of(log, "keys") }
func (k keys) lease(name string) string    { return k.of("lease."+name, "who") }
func (k keys) manifest(blob string) string { return k.of("blob."+blob, "blob") }
func (k keys) incarnation() string         { return k.of("cluster", "incarnation") }
func (k keys) pinged() string              { return k.of("cluster", "pinged") }
func (k keys) subject(name string) string  { return k.prefix + ":subject:" + name }

// appendText puts an entry at the end of a log and tells it. KEYS: state, entries,
// positions by key. ARGV: expect or "", key, tag, from, data, and the message's middle. It
// returns the position; 0: the last entry with the key stands elsewhere.
const appendText = `
local state = redis.call('HMGET', KEYS[1], 'last', 'tag')
local previous, tag = state[1] or '0', state[2] or '0'
if ARGV[2] ~= '' then
	local at = redis.call('HGET', KEYS[3], ARGV[2]) or '0'
	if ARGV[1] ~= '' and ARGV[1] ~= at then return 0 end
end
local position = string.format('%.0f', previous + 1)
redis.call('XADD', KEYS[2], position .. '-0', 'from', ARGV[4], 'key', ARGV[2], 'tag', ARGV[3], 'data', ARGV[5])
redis.call('HSET', KEYS[1], 'last', position, 'tag', ARGV[3])
if ARGV[2] ~= '' then redis.call('HSET', KEYS[3], ARGV[2], position) end
redis.call('PUBLISH', KEYS[2], position .. ' ' .. previous .. ' ' .. tag .. ' ' .. ARGV[6] .. ' ' .. ARGV[2] .. ARGV[5])
return tonumber(position)
`

// switchScript puts a snapshot that was uploaded in the place of another one. KEYS: state,
// entries, the new one's chunks, the old one's. ARGV: the old revision, through, the name
// of the new one, its size, the number of its chunks, how long who reads the old one may
// go on, in seconds. It returns 1; 0: there is another one, or the log ends before
// through; -1: a chunk is gone, because the upload took too long.
var switchScript = rueidis.NewLuaScript(`
local state = redis.call('HMGET', KEYS[1], 'revision', 'trimmed', 'last')
local chunks = tonumber(ARGV[5])
if (state[1] or '0') ~= ARGV[1] then return 0 end
local trimmed, through = tonumber(state[2] or '0'), tonumber(ARGV[2])
if through > tonumber(state[3] or '0') then return 0 end
if through > trimmed then trimmed = through end
for i = 1, chunks do
	if redis.call('EXISTS', KEYS[2 + i]) == 0 then return -1 end
end
redis.call('XTRIM', KEYS[2], 'MINID', string.format('%.0f-0', trimmed + 1))
for i = 1, chunks do redis.call('PERSIST', KEYS[2 + i]) end
for i = 3 + chunks, #KEYS do redis.call('EXPIRE', KEYS[i], ARGV[6]) end
redis.call('HSET', KEYS[1], 'revision', string.format('%.0f', ARGV[1] + 1), 'through', string.format('%.0f', trimmed),
	'trimmed', string.format('%.0f', trimmed), 'snapshot', ARGV[3], 'size', ARGV[4])
return 1
`)

// forgetScript forgets where the last entries of keys stand. KEYS: positions by key. ARGV:
// keys, each with where it stood when it was looked at: if that has changed it stays.
var forgetScript = rueidis.NewLuaScript(`
for i = 1, #ARGV, 2 do
	if redis.call('HGET', KEYS[1], ARGV[i]) == ARGV[i + 1] then redis.call('HDEL', KEYS[1], ARGV[i]) end
end
return 1
`)

// holdScript takes or renews a lease. KEYS: it. ARGV: who, for how many milliseconds.
var holdScript = rueidis.NewLuaScript(`
local has = redis.call('GET', KEYS[1])
if has and has ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
`)

// releaseScript gives one back.
var releaseScript = rueidis.NewLuaScript(`
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1
`)

// pingScript stores something, and returns the incarnation. KEYS: it, what is stored. ARGV:
// the incarnation if there is none, and a channel that nobody hears, since one may be
// forbidden to publish.
var pingScript = rueidis.NewLuaScript(`
local name = redis.call('GET', KEYS[1])
redis.call('PUBLISH', ARGV[2], '')
redis.call('SET', KEYS[2], '')
if name then return name end
redis.call('SET', KEYS[1], ARGV[1])
return ARGV[1]
`)

// tagScript returns the tag of the entry at a position; nothing if it is none of ours or
// was trimmed. KEYS: state, entries. ARGV: the position. "?": the log ends before it.
var tagScript = rueidis.NewLuaScript(`
local state = redis.call('HMGET', KEYS[1], 'last', 'trimmed')
if tonumber(ARGV[1]) > tonumber(state[1] or '0') then return '?' end
local entry = redis.call('XRANGE', KEYS[2], ARGV[1] .. '-0', ARGV[1] .. '-0')[1]
if not entry then return '' end
for i = 1, #entry[2], 2 do
	if entry[2][i] == 'tag' then return entry[2][i + 1] end
end
return ''
`)

// anotherScript changes the incarnation, unless somebody did. KEYS: it. ARGV: the one that
// was, and the new one.
var anotherScript = rueidis.NewLuaScript(`
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('SET', KEYS[1], ARGV[2]) end
return 1
`)

// blobScript puts a blob's manifest, unless there is one; then its chunks are dropped.
// KEYS: it, the chunks. ARGV: it. It returns 1; -1: a chunk is gone.
var blobScript = rueidis.NewLuaScript(`
if redis.call('EXISTS', KEYS[1]) == 1 then
	for i = 2, #KEYS do redis.call('DEL', KEYS[i]) end
	return 1
end
for i = 2, #KEYS do
	if redis.call('EXISTS', KEYS[i]) == 0 then return -1 end
end
redis.call('SET', KEYS[1], ARGV[1])
for i = 2, #KEYS do redis.call('PERSIST', KEYS[i]) end
return 1
`)

// dropScript drops a blob. KEYS: its manifest, its chunks. ARGV: the manifest, and how long
// who reads it may go on, in seconds.
var dropScript = rueidis.NewLuaScript(`
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1])
for i = 2, #KEYS do redis.call('EXPIRE', KEYS[i], ARGV[2]) end
return 1
`)
