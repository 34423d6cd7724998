package browser

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"edgeboard/shared/wire"
)

// Both languages say everything.
func TestTextsAreComplete(t *testing.T) {
	english, chinese := Language(false), Language(true)
	for name, texts := range map[string]*Texts{"English": english, "Chinese": chinese} {
		v := reflect.ValueOf(*texts)
		for i := range v.NumField() {
			if v.Field(i).IsZero() {
				t.Errorf("%s: %s is missing", name, v.Type().Field(i).Name)
			}
		}
		dialog := reflect.ValueOf(texts.Sharing)
		for i := range dialog.NumField() {
			if dialog.Field(i).IsZero() {
				t.Errorf("%s: Sharing.%s is missing", name, dialog.Type().Field(i).Name)
			}
		}
		for _, text := range slices.Concat(texts.Sharing.Roles[:], texts.Sharing.Expiries[:]) {
			if text == "" {
				t.Errorf("%s: a choice of the dialog has no name", name)
			}
		}
		seen := map[Denial]bool{}
		for _, d := range texts.denied {
			if seen[d] = true; d.Title == "" || d.Text == "" {
				t.Errorf("%s: who may not come in is not told why", name)
			}
		}
		if len(seen) != len(texts.denied) {
			t.Errorf("%s: of %d reasons not to let somebody in %d are told", name, len(texts.denied), len(seen))
		}
		for code, text := range texts.Stopped {
			if text == "" {
				t.Errorf("%s: code %d is not explained", name, code)
			}
		}
		if len(texts.Stopped) != len(english.Stopped) {
			t.Errorf("%s explains %d codes, English %d", name, len(texts.Stopped), len(english.Stopped))
		}
	}
}

// The codes that are explained are those of the wire after which a page stops.
func TestExplainedCodes(t *testing.T) {
	for own, theirs := range map[uint32]wire.Code{
		codeBoardName: wire.CodeBoardName, codeVersion: wire.CodeVersion,
		codeReplaced: wire.CodeReplaced, codeBoardFull: wire.CodeBoardFull, codeForbidden: wire.CodeForbidden,
	} {
		if wire.Code(own) != theirs {
			t.Errorf("code %d is %d on the wire", own, theirs)
		}
	}
	for _, chinese := range []bool{false, true} {
		for code := range Language(chinese).Stopped {
			if wire.Code(code).Advice() != wire.Stop {
				t.Errorf("code %d is explained, and a page comes back after it by itself", code)
			}
		}
	}
}

func TestUnsent(t *testing.T) {
	for _, c := range []struct {
		chinese bool
		n       int
		kept    bool
		want    string
	}{
		{false, 0, false, "0 unsent"}, {false, 1, false, "1 unsent"}, {false, 120, true, "120 unsent, kept on this device"},
		{true, 12, false, "12 项未发送"}, {true, 12, true, "12 项未发送，已存在本机"},
	} {
		if got := Language(c.chinese).Unsent(c.n, c.kept); got != c.want {
			t.Errorf("%d changes: %q, want %q", c.n, got, c.want)
		}
	}
}

func TestPath(t *testing.T) {
	for _, c := range []struct {
		chinese   bool
		transport string
		rtt, loss int
		want      string
	}{
		{false, "", 10, 1, ""},
		{false, ByWebSocket, 0, 0, "Connected by WebSocket"},
		{false, ByWebTransport, 24, 0, "Connected by WebTransport, round trip 24 ms"},
		{false, ByWebTransport, 24, 3, "Connected by WebTransport, round trip 24 ms, 3 % lost"},
		{false, ByEvents, 80, 0, "Connected by SSE, round trip 80 ms"},
		{true, ByEvents, 80, 0, "通过 SSE 连接，往返 80 毫秒"},
		{true, ByWebTransport, 24, 3, "通过 WebTransport 连接，往返 24 毫秒，丢包 3%"},
	} {
		if got := Language(c.chinese).Path(c.transport, c.rtt, c.loss); got != c.want {
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
		if got := Language(false).Denied(c.status, c.signIn).Title; got != c.want {
			t.Errorf("%d, with a place to sign in %v: %q, want %q", c.status, c.signIn, got, c.want)
		}
	}
}

func TestSharingInWords(t *testing.T) {
	english, chinese := &Language(false).Sharing, &Language(true).Sharing
	for n, want := range []string{"not used yet", "used once", "used 2 times"} {
		if got := english.Used(n); got != want {
			t.Errorf("%d uses: %q, want %q", n, got, want)
		}
	}
	if got := chinese.Used(12); got != "已使用 12 次" {
		t.Errorf("12 uses: %q", got)
	}
	if got := english.Expires("in 3 days"); got != "expires in 3 days" {
		t.Errorf("in 3 days: %q", got)
	}
	if got := english.RoleOf("#1"); got != "Access of #1" {
		t.Errorf("a name with a #: %q", got)
	}
	for subject, want := range map[string]string{"guest-JPSXKWTR": "Guest JPSX", "guest-a": "Guest a", "u#42": "u#42"} {
		if got := english.Unnamed(subject); got != want {
			t.Errorf("%s without a name: %q, want %q", subject, got, want)
		}
	}
	for status, want := range map[int]string{0: "cannot be reached", 401: "Only an owner", 403: "Only an owner", 429: "too often", 500: "no disk"} {
		if got := english.Failed(status, "no disk"); !strings.Contains(got, want) {
			t.Errorf("status %d: %q does not say %q", status, got, want)
		}
	}
	for i, seconds := range expirySeconds[:4] { // what is chosen is what is shown
		n, unit := inUnits(float64(seconds))
		if got := english.Expiries[i]; !strings.Contains("in "+number("#", n)+" "+unit+"s", strings.TrimSuffix(got, "s")) {
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
