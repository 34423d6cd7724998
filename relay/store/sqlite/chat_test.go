package sqlite_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	zs "zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"
)

// What was said is found: words of English, in any case, and any part of a
// Chinese sentence. The index follows what is inserted, edited and deleted.
func TestChatSearch(t *testing.T) {
	dir := t.TempDir()
	mustClose(t, open(t, dir))
	c := openRaw(t, dir)
	run := func(statement string, args ...any) {
		t.Helper()
		if err := sqlitex.Execute(c, statement, &sqlitex.ExecOptions{Args: args}); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	search := func(words string) (found []string) {
		t.Helper()
		statement, arg := `SELECT n FROM messages WHERE key IN (SELECT rowid FROM messages_text WHERE messages_text MATCH ?) AND board = 1 ORDER BY n`,
			`"`+strings.ReplaceAll(words, `"`, `""`)+`"` // as a phrase, and none of the query language
		if len([]rune(words)) < 3 {
			statement, arg = `SELECT n FROM messages WHERE text LIKE ? ESCAPE '\' AND board = 1 ORDER BY n`,
				"%"+strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(words)+"%"
		}
		err := sqlitex.Execute(c, statement, &sqlitex.ExecOptions{Args: []any{arg}, ResultFunc: func(stmt *zs.Stmt) error {
			found = append(found, stmt.ColumnText(0))
			return nil
		}})
		if err != nil {
			t.Errorf("searching %q: %v", words, err)
		}
		return found
	}
	want := func(words string, numbers ...string) {
		t.Helper()
		if got := search(words); !slices.Equal(got, numbers) {
			t.Errorf("%q is found in %v, want %v", words, got, numbers)
		}
	}
	run(`INSERT INTO boards (id, name) VALUES (1, 'b'), (2, 'other')`)
	for i, text := range []string{
		"The relay keeps every Board in one file.",
		"我们明天上午在白板上讨论设计方案。",
		"100% of café tables are taken; ask \"who\"?",
		"明天见",
	} {
		run(`INSERT INTO messages (board, n, id, author, time, text) VALUES (1, ?, ?, 'Ada', 1700000000000, ?)`, i+1, fmt.Append(nil, i), text)
	}
	run(`INSERT INTO messages (board, n, id, author, time, text) VALUES (2, 1, x'00', 'Ada', 0, 'the board of others, 明天')`)

	want("board", "1")
	want("keeps every", "1")
	want("RELAY", "1")
	want("讨论设计", "2")
	want("白板上", "2")
	want("明天", "2", "4") // two characters
	want("会议室")
	want("of", "3")
	want("0%", "3")
	want("_")
	want("cafe", "3") // without its accent
	want(`ask "who"`, "3")
	want(`board OR cafe`)
	want("nothing of the kind")

	run(`UPDATE messages SET text = '我们后天讨论' WHERE board = 1 AND n = 2`)
	want("白板上")
	want("后天讨论", "2")
	run(`UPDATE messages SET author = 'Grace' WHERE board = 1 AND n = 1`)
	want("keeps every", "1")
	run(`DELETE FROM messages WHERE board = 1 AND n = 1`)
	want("keeps every")
	want("明天见", "4")
	run(`INSERT INTO messages_text (messages_text, rank) VALUES ('integrity-check', 1)`) // the index agrees with the table
	if got := pragma(t, c, "PRAGMA quick_check"); got != "ok" {
		t.Error(got)
	}
}
