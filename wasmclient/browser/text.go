package browser

import (
	"strconv"
	"strings"
)

// Texts are what the program itself writes into the page, in one language. What
// never changes stands in index.html.
type Texts struct {
	Connecting, Live, Offline string
	loading                   string // with # for per cent
	byWebSocket               string
	byWebTransport            string
	byEvents                  string
	roundTrip, loss           string // with # for the number
	Saved, Saving             string
	NotStored, WhyNotStored   string // as short as a phone is narrow, and all of it
	unsent, unsentKept        string // with # for the number
	NotKept, SetAside         string
	Guest                     string
	You                       string
	Pen, Hand                 string
	Colors, Widths, Zoom      string
	ZoomIn, ZoomOut, ZoomTo1  string
	Tools, People, Board      string
	CopyLink                  string
	Copied, NotCopied         string
	Thin, Medium, Thick       string
	ColorNames                [6]string
	Stopped                   map[uint32]string // by close code
	StoppedOther              string
}

// Unsent says how many changes have not left this device, and whether they are
// kept on it should the page be closed.
func (t *Texts) Unsent(n int, kept bool) string {
	if kept {
		return number(t.unsentKept, n)
	}
	return number(t.unsent, n)
}

// Loading says how much of a large board has come, in a text that is as wide for
// one digit as for two.
func (t *Texts) Loading(percent int) string {
	text := t.loading
	if percent < 10 {
		text = strings.ReplaceAll(text, "#", "\u2007#") // a space as wide as a digit
	}
	return number(text, percent)
}

// Path says by what the page is connected, and how well as far as that is known:
// the round trip in milliseconds, and how many datagrams of a hundred are lost.
func (t *Texts) Path(transport string, rtt, loss int) string {
	s := ""
	switch transport {
	case ByWebSocket:
		s = t.byWebSocket
	case ByWebTransport:
		s = t.byWebTransport
	case ByEvents:
		s = t.byEvents
	default:
		return s
	}
	if rtt > 0 {
		s += number(t.roundTrip, rtt)
	}
	if loss > 0 {
		s += number(t.loss, loss)
	}
	return s
}

// number puts a number in the place of # in a text.
func number(text string, n int) string {
	return strings.ReplaceAll(text, "#", strconv.Itoa(n))
}

// Language returns the texts in Chinese or in English.
func Language(chinese bool) *Texts {
	if chinese {
		return &Texts{
			Connecting: "正在连接", Live: "在线", Offline: "离线", loading: "载入 # %",
			byWebSocket: "通过 WebSocket 连接", byWebTransport: "通过 WebTransport 连接", byEvents: "通过 SSE 连接",
			roundTrip: "，往返 # 毫秒", loss: "，丢包 #%",
			Saved: "已保存", Saving: "正在保存", NotStored: "未保存：存储故障", unsent: "# 项未发送",
			WhyNotStored: "服务器暂时无法存储，会继续重试。恢复之前，更改尚未保存。",
			unsentKept:   "# 项未发送，已存在本机",
			NotKept:      "本机不保存此白板：在“已保存”之前关闭页面会丢失更改。",
			SetAside:     "本机保存的部分内容无法读取，已另行存放。",
			Guest:        "访客", You: "你",
			Pen: "画笔 (P)", Hand: "拖动画布 (H)",
			Colors: "颜色", Widths: "粗细", Zoom: "缩放",
			ZoomIn: "放大 (+)", ZoomOut: "缩小 (-)", ZoomTo1: "恢复到 100 % (0)",
			Tools: "工具", People: "在线的人", Board: "白板",
			CopyLink: "复制链接", Copied: "链接已复制", NotCopied: "无法复制，请从地址栏复制链接",
			Thin: "细", Medium: "中", Thick: "粗",
			ColorNames: [6]string{"黑", "红", "绿", "蓝", "橙", "紫"},
			Stopped: map[uint32]string{
				codeBoardName: "白板名称无效。请从首页新建一个。",
				codeVersion:   "页面版本与服务器不一致。请重新加载。",
				codeReplaced:  "这个页面已在另一个连接上打开。",
				codeBoardFull: "白板已满，无法再保存更多内容。",
			},
			StoppedOther: "服务器拒绝了这个页面的连接：",
		}
	}
	return &Texts{
		Connecting: "Connecting", Live: "Live", Offline: "Offline", loading: "Loading # %",
		byWebSocket: "Connected by WebSocket", byWebTransport: "Connected by WebTransport", byEvents: "Connected by SSE",
		roundTrip: ", round trip # ms", loss: ", # % lost",
		Saved: "saved", Saving: "saving", NotStored: "not saved: disk problem", unsent: "# unsent",
		WhyNotStored: "The relay cannot store now and keeps trying. Until it can, what you change is not saved.",
		unsentKept:   "# unsent, kept on this device",
		NotKept:      "This board is not kept on this device: changes that are not saved are lost with the page.",
		SetAside:     "Part of what this device had kept cannot be read. It was set aside.",
		Guest:        "Guest", You: "you",
		Pen: "Pen (P)", Hand: "Move the board (H)",
		Colors: "Colour", Widths: "Width", Zoom: "Zoom",
		ZoomIn: "Zoom in (+)", ZoomOut: "Zoom out (-)", ZoomTo1: "Back to 100 % (0)",
		Tools: "Tools", People: "People here", Board: "Board",
		CopyLink: "Copy link", Copied: "Link copied", NotCopied: "Cannot copy: take the link from the address bar",
		Thin: "Thin", Medium: "Medium", Thick: "Thick",
		ColorNames: [6]string{"Black", "Red", "Green", "Blue", "Orange", "Purple"},
		Stopped: map[uint32]string{
			codeBoardName: "This is no name of a board. Make a new one from the start page.",
			codeVersion:   "The page is of another version than the relay. Reload it.",
			codeReplaced:  "This page was opened on another connection.",
			codeBoardFull: "The board is full: it cannot keep any more.",
		},
		StoppedOther: "The relay refused the connection: ",
	}
}

// Close codes that are explained, from package wire's table.
const (
	codeBoardName = 4002
	codeVersion   = 4003
	codeReplaced  = 4008
	codeBoardFull = 4009
)
