package browser

import (
	"strconv"
	"strings"
	"testing"

	"edgeboard/public/texts"
	"edgeboard/shared/wire"
)

// What can happen is told in different words.
func TestReasonsDiffer(t *testing.T) {
	for _, l := range texts.Languages {
		seen := map[string]bool{}
		for _, c := range []struct {
			status int
			signIn bool
		}{{401, false}, {401, true}, {403, false}, {410, false}} {
			why, help := deniedText(l, c.status, c.signIn)
			seen[why+help] = true
		}
		for code := range stoppedKeys {
			seen[stoppedText(l, code, "")] = true
		}
		if want := 4 + len(stoppedKeys); len(seen) != want {
			t.Errorf("%s: of %d reasons %d are told", l.Tag(), want, len(seen))
		}
	}
	if got := stoppedText(texts.English, 4999, "out of ink"); got != "The relay refused the connection: out of ink" {
		t.Errorf("a code that is not explained: %q", got)
	}
}

// The codes that are explained are those of the wire after which a page stops.
func TestExplainedCodes(t *testing.T) {
	for code, key := range map[wire.Code]string{
		wire.CodeBoardName: "stopped.board-name", wire.CodeVersion: "stopped.version", wire.CodeReplaced: "stopped.replaced",
		wire.CodeBoardFull: "stopped.board-full", wire.CodeForbidden: "stopped.forbidden",
	} {
		if stoppedKeys[uint32(code)] != key {
			t.Errorf("code %d is explained by %q, want %q", code, stoppedKeys[uint32(code)], key)
		}
	}
	for code := range stoppedKeys {
		if wire.Code(code).Advice() != wire.Stop {
			t.Errorf("code %d is explained, and a page comes back after it by itself", code)
		}
	}
}

func TestLoadingText(t *testing.T) {
	for percent, want := range map[int]string{0: "Loading \u20070 %", 10: "Loading 10 %", 100: "Loading 100 %"} {
		if got := loadingText(texts.English, percent); got != want {
			t.Errorf("%d per cent: %q, want %q", percent, got, want)
		}
	}
}

func TestUnsent(t *testing.T) {
	for _, c := range []struct {
		l    texts.Language
		n    int
		kept bool
		want string
	}{
		{texts.English, 0, false, "0 unsent"}, {texts.English, 1, false, "1 unsent"}, {texts.English, 120, true, "120 unsent, kept on this device"},
		{texts.Chinese, 12, false, "12 项未发送"}, {texts.Chinese, 12, true, "12 项未发送，已存在本机"},
	} {
		if got := unsentText(c.l, c.n, c.kept); got != c.want {
			t.Errorf("%d changes: %q, want %q", c.n, got, c.want)
		}
	}
}

func TestPath(t *testing.T) {
	for _, c := range []struct {
		l         texts.Language
		transport string
		rtt, loss int
		want      string
	}{
		{texts.English, "", 10, 1, ""},
		{texts.English, ByWebSocket, 0, 0, "Connected by WebSocket"},
		{texts.English, ByWebTransport, 24, 0, "Connected by WebTransport, round trip 24 ms"},
		{texts.English, ByWebTransport, 24, 3, "Connected by WebTransport, round trip 24 ms, 3 % lost"},
		{texts.English, ByEvents, 80, 0, "Connected by SSE, round trip 80 ms"},
		{texts.Chinese, ByEvents, 80, 0, "通过 SSE 连接，往返 80 毫秒"},
		{texts.Chinese, ByWebTransport, 24, 3, "通过 WebTransport 连接，往返 24 毫秒，丢包 3%"},
	} {
		if got := pathText(c.l, c.transport, c.rtt, c.loss); got != c.want {
			t.Errorf("%q, %d ms, %d %%: %q, want %q", c.transport, c.rtt, c.loss, got, c.want)
		}
	}
}

// Who may not come in is told what to do about it: to sign in only where one can.
func TestDenied(t *testing.T) {
	for _, c := range []struct {
		status int
		signIn bool
		want   string
	}{
		{401, false, "You need an invite to open this board"},
		{401, true, "Sign in to open this board"},
		{403, false, "You have no access to this board"},
		{403, true, "You have no access to this board"},
		{410, false, "This invite is no longer valid"},
		{410, true, "This invite is no longer valid"},
	} {
		if got, _ := deniedText(texts.English, c.status, c.signIn); got != c.want {
			t.Errorf("%d, with a place to sign in %v: %q, want %q", c.status, c.signIn, got, c.want)
		}
	}
}

func TestSharingInWords(t *testing.T) {
	for n, want := range []string{"not used yet", "used once", "used 2 times"} {
		if got := usedText(texts.English, n); got != want {
			t.Errorf("%d uses: %q, want %q", n, got, want)
		}
	}
	if got := usedText(texts.Chinese, 12); got != "已使用 12 次" {
		t.Errorf("12 uses: %q", got)
	}
	for subject, want := range map[string]string{"guest-JPSXKWTR": "Guest JPSX", "guest-a": "Guest a", "u#42": "u#42"} {
		if got := unnamedText(texts.English, subject); got != want {
			t.Errorf("%s without a name: %q, want %q", subject, got, want)
		}
	}
	for status, want := range map[int]string{0: "cannot be reached", 401: "Only an owner", 403: "Only an owner", 429: "too often", 500: "no disk"} {
		if got := failedText(texts.English, status, "no disk"); !strings.Contains(got, want) {
			t.Errorf("status %d: %q does not say %q", status, got, want)
		}
	}
	for i, seconds := range expirySeconds[:4] { // what is chosen is what is shown
		n, unit := inUnits(float64(seconds))
		if got := texts.English.Text(expiryKeys[i]); !strings.Contains("in "+strconv.Itoa(n)+" "+unit+"s", strings.TrimSuffix(got, "s")) {
			t.Errorf("%d s is %d %s, and was chosen as %q", seconds, n, unit, got)
		}
	}
}

// A span is told in the unit that is worth telling.
func TestInUnits(t *testing.T) {
	const minute, hour, day = 60, 3600, 86400
	for _, c := range []struct {
		seconds float64
		n       int
		unit    string
	}{
		{0.1, 1, "minute"}, {minute, 1, "minute"}, {89, 1, "minute"}, {91, 2, "minute"}, {59 * minute, 59, "minute"},
		{hour - 31, 59, "minute"}, {hour - 1, 1, "hour"}, {hour, 1, "hour"}, {90*minute + 1, 2, "hour"}, {23 * hour, 23, "hour"},
		{day - 2000, 23, "hour"}, {day - 1, 1, "day"}, {day, 1, "day"}, {6.6 * day, 7, "day"}, {30*day - 5, 30, "day"},
	} {
		if n, unit := inUnits(c.seconds); n != c.n || unit != c.unit {
			t.Errorf("%v s is %d %s, want %d %s", c.seconds, n, unit, c.n, c.unit)
		}
	}
}
