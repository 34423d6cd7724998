package export

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"edgeboard/shared/board"
)

// Everything has a name, and the document knows it.
func TestNames(t *testing.T) {
	page, err := os.ReadFile("../../docs/board-json.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := bytes.Cut(page, []byte("## Schema\n\n```json\n"))
	text, _, _ := bytes.Cut(rest, []byte("```"))
	var schema struct {
		Defs struct {
			Element struct {
				Properties map[string]struct {
					Ref   string `json:"$ref"`
					AnyOf []struct{ Enum []string }
				}
			}
		} `json:"$defs"`
	}
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatalf("the schema: %v", err)
	}
	properties := schema.Defs.Element.Properties
	if len(properties) < 10 || len(properties["kind"].AnyOf) == 0 {
		t.Fatal("the schema has no properties")
	}
	source, err := os.ReadFile("../board/element.go")
	if err != nil {
		t.Fatal(err)
	}
	kinds := "," + strings.Join(properties["kind"].AnyOf[0].Enum, ",") + ","
	for k := board.KindStroke; bytes.Contains(source, fmt.Appendf(nil, " Kind = %d ", k)); k++ {
		name := kindName(k)
		if strings.HasPrefix(name, otherPrefix) || kindOf(name) != k {
			t.Errorf("kind %d is called %q, and that is %d", k, name, kindOf(name))
		}
		if !strings.Contains(kinds, ","+name+",") || !bytes.Contains(page, []byte("`"+name+"`")) {
			t.Errorf("kind %s is not in the document", name)
		}
	}
	refs := map[keyForm]string{formFloat: "number", formInt: "integer", formColor: "color", formString: "string", formRef: "reference"}
	for k := board.KeyDeleted; bytes.Contains(source, fmt.Appendf(nil, " Key = %d ", k)); k++ {
		if k == board.KeyDeleted || k == board.KeyOrder {
			continue
		}
		name, form := keyName(k)
		if is, _ := keyOf(name); strings.HasPrefix(name, otherPrefix) || is != k {
			t.Errorf("key %d is called %q, and that is %d", k, name, is)
		}
		if properties[name].Ref != "#/$defs/"+refs[form] || !bytes.Contains(page, []byte("`"+name+"`")) {
			t.Errorf("property %s is not in the document as it is", name)
		}
	}
	if kindOf("") != 0 || kindOf("other-") != 0 || kindOf("other-99999") != 0 || kindOf("Note") != 0 {
		t.Error("there are kinds without a name")
	}
	if k, _ := keyOf("id"); k != 0 {
		t.Error("an ID is a property")
	}
}
