//go:build !js

package texts

// wishes is how a person wants to be told, and the rest of the inbox's panel that the
// program never says.
var wishes = []Entry{
	{"wishes.alert", "Alerts of live data", "实时数据警报"},
	{"wishes.back", "Back to the inbox", "返回收件箱"},
	{"wishes.device", "This device", "此设备"},
	{"wishes.devices", "On my devices", "推送到设备"},
	{"wishes.from", "From", "开始"},
	{"wishes.in-inbox", "In the inbox", "收件箱"},
	{"wishes.invitation", "Invitations", "邀请"},
	{"wishes.kinds", "What to tell me", "通知内容"},
	{"wishes.mention", "Mentions", "提及"},
	{"wishes.more", "Show more", "显示更多"},
	{"wishes.mute", "Mute this board", "屏蔽本白板"},
	{"wishes.mute-hint", "Nothing of this board comes into your inbox.", "本白板的内容不会进入你的收件箱。"},
	{"wishes.private", "Private messages", "私信"},
	{"wishes.program", "Notices of programs", "程序通知"},
	{"wishes.push", "Notify this device", "通知此设备"},
	{"wishes.quiet", "Quiet hours", "免打扰时段"},
	{"wishes.quiet-hint", "No device is woken in between.", "在此期间不会打扰任何设备。"},
	{"wishes.read-all", "Mark all read", "全部已读"},
	{"wishes.reply", "Replies", "回复"},
	{"wishes.this-board", "This board and quiet hours", "本白板与免打扰"},
	{"wishes.until", "Until", "结束"},
}
