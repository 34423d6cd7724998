package texts

// notice is what is said around the inbox: what an entry is about, and whether this
// device is told.
var notice = []Entry{
	{"notice.devices", "{0} devices are told.", "共 {0} 台设备会收到通知。"},
	{"notice.devices.one", "1 device is told.", "共 1 台设备会收到通知。"},
	{"notice.gone", "That notice is no longer there.", "这条通知已不存在。"},
	{"notice.invited", "{0} invited you to {1}", "{0} 邀请你加入 {1}"},
	{"notice.invited-by-none", "You are invited to {0}", "你受邀加入 {0}"},
	{"notice.late", "The relay has not answered yet.", "服务器尚未响应。"},
	{"notice.mentioned", "{0} mentioned you", "{0} 提到了你"},
	{"notice.none", "Nothing here yet. Mentions, replies and private messages from all boards come here.", "暂无通知。来自所有白板的提及、回复和私信都会显示在这里。"},
	{"notice.oldest", "Older notices are not shown.", "更早的通知不再显示。"},
	{"notice.push-blocked", "Your browser blocks notifications for this site. You can allow them in its site settings.", "浏览器阻止了此网站的通知。你可以在浏览器的网站设置中允许通知。"},
	{"notice.push-failed", "The browser could not turn it on. Try again later.", "浏览器无法开启通知，请稍后再试。"},
	{"notice.push-none", "This browser cannot do it here. On an iPhone or iPad, add Edgeboard to the Home Screen first.", "当前环境不支持。在 iPhone 或 iPad 上，请先将 Edgeboard 添加到主屏幕。"},
	{"notice.push-off", "Be told while no board is open.", "在没有打开白板时通知你。"},
	{"notice.push-on", "This device is told while no board is open.", "在没有打开白板时，此设备会收到通知。"},
	{"notice.push-relay", "This relay does not send notifications to devices.", "此服务器不向设备发送通知。"},
	{"notice.push-waiting", "Waiting for the browser…", "正在等待浏览器…"},
	{"notice.refused", "Not changed: {0}", "未更改：{0}"},
	{"notice.replied", "{0} replied to you", "{0} 回复了你"},
	{"notice.title", "Inbox", "收件箱"},
	{"notice.toast", "{0}: {1}", "{0}：{1}"},
	{"notice.unread", "Inbox, {0} unread", "收件箱，{0} 条未读"},
	{"notice.unread-entry", "Unread", "未读"},
	{"notice.wishes", "Notifications", "通知设置"},
	{"notice.wrote", "{0} wrote to you", "{0} 给你发了私信"},
}
