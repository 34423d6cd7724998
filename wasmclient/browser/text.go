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
	Share, Close, Link        string
	Copied, NotCopied         string
	notCopiedBy, notPastedBy  string // with # for the keys that do it
	TooLarge, CopiedSVG       string
	ViewOnly, WhyViewOnly     string
	NowViewOnly, NowEditing   string
	Sharing                   Sharing
	denied                    [4]Denial // no invite, not signed in, no access, an invite that is over
	SignIn, OtherAccount      string
	Thin, Medium, Thick       string
	ColorNames                [6]string
	Stopped                   map[uint32]string // by close code
	StoppedOther              string
}

// Sharing are the texts of the dialog in which the board is shared.
type Sharing struct {
	AnyoneEdits, MembersOnly, OnlyOwners string    // of the board's own link
	Roles                                [4]string // from viewer to owner
	Expiries                             [5]string // an hour, a day, a week, a month, never
	expires                              string    // with # for when, in words
	Expired, NeverExpires                string
	notUsed, usedOnce, used              string // with # for the number
	OnePerson                            string
	NewLink, NewLinkCopied               string
	Revoke, Remove                       string
	revokeLink, removePerson, roleOf     string // for screen readers, with # for what or who
	guest                                string // with # for what tells one from another
	NotReached, TooMany, NotAllowed      string
	notDone                              string // with # for the relay's words
}

// Used says how often an invite was used.
func (s *Sharing) Used(n int) string {
	switch n {
	case 0:
		return s.notUsed
	case 1:
		return s.usedOnce
	}
	return number(s.used, n)
}

// Expires says when an invite will end, given as words like "in 3 days".
func (s *Sharing) Expires(when string) string { return strings.ReplaceAll(s.expires, "#", when) }

// RevokeLink, RemovePerson and RoleOf name controls that look the same.
func (s *Sharing) RevokeLink(what string) string { return strings.ReplaceAll(s.revokeLink, "#", what) }
func (s *Sharing) RemovePerson(who string) string {
	return strings.ReplaceAll(s.removePerson, "#", who)
}
func (s *Sharing) RoleOf(who string) string { return strings.ReplaceAll(s.roleOf, "#", who) }

// Unnamed names a person of whom only the subject is known. Those of guests are
// guest- and letters that chance has chosen: few are enough to tell them apart.
func (s *Sharing) Unnamed(subject string) string {
	if letters, ok := strings.CutPrefix(subject, "guest-"); ok {
		return strings.ReplaceAll(s.guest, "#", letters[:min(4, len(letters))])
	}
	return subject
}

// Failed says why the relay has not done what it was asked: its status, 0 for one
// that was not reached, and its words.
func (s *Sharing) Failed(status int, reason string) string {
	switch status {
	case 0:
		return s.NotReached
	case 401, 403:
		return s.NotAllowed
	case 429:
		return s.TooMany
	}
	return strings.ReplaceAll(s.notDone, "#", reason)
}

// RoleNames are those of the wire's JSON, in the order of Sharing.Roles.
var RoleNames = [...]string{"viewer", "commenter", "editor", "owner"}

// expirySeconds are in the order of Sharing.Expiries; 0: never.
var expirySeconds = [...]int{3600, 24 * 3600, 7 * 24 * 3600, 30 * 24 * 3600, 0}

// Denial says why the board is not opened.
type Denial struct{ Title, Text string }

// Denied returns that for the relay's HTTP status.
func (t *Texts) Denied(status int, signIn bool) Denial {
	switch {
	case status == 410:
		return t.denied[3]
	case status == 403:
		return t.denied[2]
	case signIn:
		return t.denied[1]
	}
	return t.denied[0]
}

// inUnits returns a span of time from now, in the largest unit that it has at least
// one of, rounded to the nearest: for "in 3 days".
func inUnits(seconds float64) (n int, unit string) {
	n, unit = max(1, int(seconds/60+0.5)), "minute"
	if seconds >= 3600-30 {
		n, unit = int(seconds/3600+0.5), "hour"
	}
	if seconds >= 24*3600-1800 {
		n, unit = int(seconds/(24*3600)+0.5), "day"
	}
	return n, unit
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

// NotCopiedBy and NotPastedBy say by what keys the clipboard can be used where the
// board itself may not.
func (t *Texts) NotCopiedBy(mac bool) string {
	return strings.ReplaceAll(t.notCopiedBy, "#", KeyName("Ctrl+C", mac))
}
func (t *Texts) NotPastedBy(mac bool) string {
	return strings.ReplaceAll(t.notPastedBy, "#", KeyName("Ctrl+V", mac))
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
			Share: "分享", Close: "关闭", Link: "链接",
			notCopiedBy: "浏览器不允许写入剪贴板，请按 # 复制。", notPastedBy: "浏览器不允许读取剪贴板，请按 # 粘贴。",
			TooLarge: "剪贴板中的内容过大，无法粘贴。", CopiedSVG: "已复制为 SVG",
			Copied: "链接已复制", NotCopied: "无法自动复制，请选中链接后手动复制",
			ViewOnly: "只读", WhyViewOnly: "你可以查看此白板，但不能修改。所有者可以授予你编辑权限。",
			NowViewOnly: "你现在只能查看此白板", NowEditing: "你现在可以编辑此白板",
			Sharing: Sharing{
				AnyoneEdits: "任何持有此链接的人都可以编辑。",
				MembersOnly: "白板链接，仅对已有权限的人有效。",
				OnlyOwners:  "只有所有者可以邀请他人。此链接仅对已有权限的人有效。",
				Roles:       [4]string{"可以查看", "可以评论", "可以编辑", "所有者"},
				Expiries:    [5]string{"1 小时", "1 天", "7 天", "30 天", "永久"},
				expires:     "#失效", Expired: "已失效", NeverExpires: "永久有效",
				notUsed: "未使用", usedOnce: "已使用 1 次", used: "已使用 # 次", OnePerson: "限一人",
				NewLink: "新链接只显示这一次：", NewLinkCopied: "已复制。新链接只显示这一次：",
				Revoke: "撤销", Remove: "移除",
				revokeLink: "撤销链接：#", removePerson: "移除 #", roleOf: "# 的权限",
				guest:      "访客 #",
				NotReached: "无法连接服务器，请检查网络后重试。",
				TooMany:    "操作过于频繁，请稍后再试。",
				NotAllowed: "只有白板的所有者可以这样做。",
				notDone:    "服务器未能完成：#",
			},
			denied: [4]Denial{
				{"需要邀请才能打开此白板", "请向白板的所有者索取邀请链接。"},
				{"请登录后打开此白板", "此白板仅对获准的人开放。"},
				{"你没有此白板的权限", "请向白板的所有者申请权限。"},
				{"此邀请已失效", "它已过期、被撤销或已被使用。请索取新的邀请链接。"},
			},
			SignIn: "登录", OtherAccount: "使用其他账号",
			Thin: "细", Medium: "中", Thick: "粗",
			ColorNames: [6]string{"黑", "红", "绿", "蓝", "橙", "紫"},
			Stopped: map[uint32]string{
				codeBoardName: "白板名称无效。请从首页新建一个。",
				codeVersion:   "页面版本与服务器不一致。请重新加载。",
				codeReplaced:  "这个页面已在另一个连接上打开。",
				codeBoardFull: "白板已满，无法再保存更多内容。",
				codeForbidden: "你的权限不允许这样做。",
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
		Share: "Share", Close: "Close", Link: "Link",
		notCopiedBy: "The browser keeps the board from the clipboard. Press # to copy.", notPastedBy: "The browser keeps the board from the clipboard. Press # to paste.",
		TooLarge: "What the clipboard has is too large to paste.", CopiedSVG: "Copied as SVG",
		Copied: "Link copied", NotCopied: "The link could not be copied. Select it and copy it by hand.",
		ViewOnly: "View only", WhyViewOnly: "You can look at this board, but not change it. Its owner can let you edit.",
		NowViewOnly: "You can only view this board now", NowEditing: "You can edit this board now",
		Sharing: Sharing{
			AnyoneEdits: "Anyone with this link can edit.",
			MembersOnly: "The board’s own link, for people who have access already.",
			OnlyOwners:  "Only owners can invite. This link is for people who have access already.",
			Roles:       [4]string{"Can view", "Can comment", "Can edit", "Owner"},
			Expiries:    [5]string{"in 1 hour", "in 1 day", "in 7 days", "in 30 days", "never"},
			expires:     "expires #", Expired: "expired", NeverExpires: "never expires",
			notUsed: "not used yet", usedOnce: "used once", used: "used # times", OnePerson: "one person",
			NewLink: "The new link is shown only this once:", NewLinkCopied: "Copied. The new link is shown only this once:",
			Revoke: "Revoke", Remove: "Remove",
			revokeLink: "Revoke link: #", removePerson: "Remove #", roleOf: "Access of #",
			guest:      "Guest #",
			NotReached: "The relay cannot be reached. Check the network and try again.",
			TooMany:    "That was too often. Try again in a while.",
			NotAllowed: "Only an owner of the board may do that.",
			notDone:    "The relay could not do it: #",
		},
		denied: [4]Denial{
			{"You need an invite to open this board", "Ask its owner for an invite link."},
			{"Sign in to open this board", "It is open only to people who were let in."},
			{"You have no access to this board", "Ask its owner to let you in."},
			{"This invite is no longer valid", "It has expired, was revoked or has been used. Ask for a new one."},
		},
		SignIn: "Sign in", OtherAccount: "Use another account",
		Thin: "Thin", Medium: "Medium", Thick: "Thick",
		ColorNames: [6]string{"Black", "Red", "Green", "Blue", "Orange", "Purple"},
		Stopped: map[uint32]string{
			codeBoardName: "This is no name of a board. Make a new one from the start page.",
			codeVersion:   "The page is of another version than the relay. Reload it.",
			codeReplaced:  "This page was opened on another connection.",
			codeBoardFull: "The board is full: it cannot keep any more.",
			codeForbidden: "Your access does not allow what this page was about to do.",
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
	codeForbidden = 4013
)
