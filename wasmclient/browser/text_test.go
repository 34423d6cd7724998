package browser

import (
	"reflect"
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
		for i, color := range texts.ColorNames {
			if color == "" {
				t.Errorf("%s: colour %d has no name", name, i)
			}
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
		codeReplaced: wire.CodeReplaced, codeBoardFull: wire.CodeBoardFull,
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
