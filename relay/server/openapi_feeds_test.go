package server

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"edgeboard/relay/auth"
)

// feeds publishes live data, and reads it.
func (c *caller) feeds(o *operator) {
	t := c.t
	t.Helper()
	sensor := o.sign(&auth.Grant{
		Subject: "oven", Feeds: true, Boards: map[string]auth.Role{"plans": auth.Viewer, "kitchen": auth.Viewer},
		Issued: time.Now(), Until: time.Now().Add(time.Hour),
	})
	publish := func(target, media, body string, want int) {
		t.Helper()
		c.ask(question{method: "POST", target: target, token: sensor, media: media, body: body}, want)
	}
	const oven, asJSON = "/api/v1/feeds/oven?board=plans", "application/json"
	c.ask(question{method: "POST", target: oven, body: "1"}, 403) // by a token without the claim
	now := time.Now()
	for body, want := range map[string]int{
		`21.5`: 200, `{"value":-1e-7}`: 200, `[]`: 200, `[{"value":1},{"points":[{"value":2}]},{"values":{"a b":1}}]`: 422,
		``: 400, `{}`: 400, `{"value":NaN}`: 400, `{"value":1,"points":[]}`: 400, `{"value":1,"colour":2}`: 400, `{"points":{}}`: 400, `{"values":[]}`: 400,
		`{"value":1,"time":"yesterday"}`: 400, `{"points":[],"time":7}`: 400, `{"points":[{}]}`: 400, `{"value":""}`: 400, `[7]`: 400,
		`true`: 422, `"a text"`: 422, `{"value":1,"time":7}`: 422,
		fmt.Sprintf(`{"value":1,"time":%d}`, now.Add(time.Hour).UnixMilli()):                    422,
		fmt.Sprintf(`{"value":1,"time":%q}`, now.Add(-10*time.Hour).UTC().Format(time.RFC3339)): 422,
		fmt.Sprintf(`{"value":1,"time":%d}`, now.Add(-time.Minute).UnixMilli()):                 409,
	} {
		// The first is the one that makes the feed.
		publish("/api/v1/feeds/other?board=plans", asJSON, `1`, 200)
		publish("/api/v1/feeds/other?board=plans", asJSON, body, want)
	}
	c.ask(question{method: "POST", target: oven, token: sensor, media: asJSON, body: `{"value":1e999}`, unsaid: true}, 400)
	publish(oven, asJSON, fmt.Sprintf(`{"points":[{"value":20,"time":%d},{"value":21,"time":%q}]}`, now.Add(-2*time.Second).UnixMilli(), now.Add(-time.Second).UTC().Format(time.RFC3339Nano)), 200)
	publish(oven+"&board=kitchen", asJSON, `{"values":{"door":"open","light":1}}`, 200)
	publish(oven, "application/x-ndjson", "22\n\n{\"value\":23}\n", 200)
	c.ask(question{method: "POST", target: oven, token: sensor, media: "application/x-ndjson", body: "24\n{}\n25\n", unsaid: true}, 400)
	publish(oven, "application/x-ndjson", strings.Repeat(" ", 64<<10+2), 413)
	publish(oven, "text/plain", "25.5", 200)
	publish(oven, "application/x-www-form-urlencoded", "26", 200)
	publish(oven, "text/html", "27", 415)
	up := new(written).series([]string{"__name__", "up"}, [2]float64{1, float64(now.UnixMilli())}).packed()
	for _, want := range []int{200, 400} { // the same again is not newer
		c.ask(question{method: "POST", target: oven, token: sensor, media: mediaProto, body: up, headers: []string{"Content-Encoding", "snappy"}, unsaid: true}, want)
	}
	publish("/api/v1/feeds/oven", asJSON, `1`, 400)
	publish("/api/v1/feeds/%20?board=plans", asJSON, `1`, 422)

	get := func(target string, want int) []byte {
		t.Helper()
		body, _ := c.ask(question{method: "GET", target: target}, want)
		return body
	}
	get("/api/v1/feeds?board=plans", 200)
	get("/api/v1/feeds?board=nothing", 200)
	get("/api/v1/feeds", 400)
	get(oven, 200)
	get("/api/v1/feeds/oven.door?board=plans&points=1&since=0", 200)
	get(oven+"&points=0", 400)
	get(oven+"&since=x", 400)
	get("/api/v1/feeds/nothing?board=plans", 404)
	get("/api/v1/feeds/a%2A?board=plans", 422)
	for _, target := range []string{"/api/v1/feeds/oven/events?board=plans", "/api/v1/feeds/oven.%2A/events?board=plans"} {
		_, data, _ := bytes.Cut(get(target, 200), []byte("data: "))
		if err := c.api.answers("/components/schemas/FeedEvent", "application/json", data); err != nil {
			t.Errorf("%s: the event %s: %v", target, data, err)
		}
	}
	get("/api/v1/feeds/oven/events", 400)
	get("/api/v1/feeds/a%2Ab/events?board=plans", 422)
	for target, want := range map[string]int{oven: 204, "/api/v1/feeds/nothing?board=plans": 404, "/api/v1/feeds/%20?board=plans": 422} {
		c.ask(question{method: "DELETE", target: target, token: sensor}, want)
	}
}
