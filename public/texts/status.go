package texts

// status is how the page stands with the relay, and what is stored.
var status = []Entry{
	{"status.by-sse", "Connected by SSE", "通过 SSE 连接"},
	{"status.by-websocket", "Connected by WebSocket", "通过 WebSocket 连接"},
	{"status.by-webtransport", "Connected by WebTransport", "通过 WebTransport 连接"},
	{"status.connecting", "Connecting", "正在连接"},
	{"status.edge", "This relay only", "仅此服务器"},
	{"status.edge-why", "This relay cannot reach the others now. What you change is stored here; others will get it when it reaches them again.", "此服务器暂时无法连接其他服务器。更改已保存在此服务器上，恢复连接后其他人即可收到。"},
	{"status.live", "Live", "在线"},
	{"status.loading", "Loading {0} %", "载入 {0} %"},
	{"status.loss", ", {0} % lost", "，丢包 {0}%"},
	{"status.not-kept", "This board is not kept on this device: changes that are not saved are lost with the page.", "本机不保存此白板：在“已保存”之前关闭页面会丢失更改。"},
	{"status.not-stored", "not saved: disk problem", "未保存：存储故障"},
	{"status.not-stored-why", "The relay cannot store now and keeps trying. Until it can, what you change is not saved.", "服务器暂时无法存储，会继续重试。恢复之前，更改尚未保存。"},
	{"status.offline", "Offline", "离线"},
	{"status.round-trip", ", round trip {0} ms", "，往返 {0} 毫秒"},
	{"status.saved", "saved", "已保存"},
	{"status.saved-edge", "saved here", "已存于此"},
	{"status.saving", "saving", "正在保存"},
	{"status.set-aside", "Part of what this device had kept cannot be read. It was set aside.", "本机保存的部分内容无法读取，已另行存放。"},
	{"status.unsent", "{0} unsent", "{0} 项未发送"},
	{"status.unsent-kept", "{0} unsent, kept on this device", "{0} 项未发送，已存在本机"},
}
