package notify

import (
	"crypto/sha256"
	"encoding/base64"
	"os"
	"regexp"
	"testing"

	"edgeboard/shared/wire"
)

// documented returns what a group in an expression matches in docs/notices.md, once.
func documented(t *testing.T, pattern string) string {
	t.Helper()
	text, err := os.ReadFile("../../docs/notices.md")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile("(?m)"+pattern).FindAllSubmatch(text, -1)
	if len(found) != 1 {
		t.Fatalf("docs/notices.md has %d times %s", len(found), pattern)
	}
	return string(found[0][1])
}

// exampleEntry is what the examples of the document are of.
func exampleEntry() (person wire.Person, e wire.Entry) {
	subject := func(name string) wire.Person {
		sum := sha256.Sum256([]byte("edgeboard person\x00subject\x00" + name))
		return wire.Person(sum[:16])
	}
	return subject("ann"), wire.Entry{
		Seq: 7, What: wire.EntryMention, Time: 1767225600000, Board: "plans", From: subject("zoe"), Name: "Zoë", Text: "@Ann, see the oven",
		Message: wire.TextID{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
	}
}

// Whoever has written a program by the document understands what the relay sends it.
func TestWebhookExample(t *testing.T) {
	person, e := exampleEntry()
	id, body := hookWords(person, &e)
	if want := documented(t, `^Webhook-Id: (.*)$`); id != want {
		t.Errorf("the id is %s, documented %s", id, want)
	}
	if want := documented(t, `^({"type":.*})$`); string(body) != want {
		t.Errorf("the body is\n%s, documented\n%s", body, want)
	}
	secret, err := base64.StdEncoding.DecodeString(documented(t, "`whsec_([^`]+)`"))
	if err != nil {
		t.Fatal(err)
	}
	signature := sign(secret, id, documented(t, `^Webhook-Timestamp: (\d+)$`), body)
	if want := documented(t, `^Webhook-Signature: (.*)$`); signature != want {
		t.Errorf("the signature is %s, documented %s", signature, want)
	}
	if err := checkWebhook(Webhook{URL: "https://program.example", Secret: secret}); err != nil {
		t.Errorf("the documented secret is refused: %v", err)
	}
}

// Whoever has written a page by the document shows what the relay pushes.
func TestPushedExample(t *testing.T) {
	_, e := exampleEntry()
	d := device{Language: "zh-CN", Board: "lobby"}
	if got, want := string(d.words(&e, 3)), documented(t, `^({"seq":.*})$`); got != want {
		t.Errorf("pushed is\n%s, documented\n%s", got, want)
	}
}
