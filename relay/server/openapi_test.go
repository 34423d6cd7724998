package server

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// object is one of JSON.
type object = map[string]any

// api is the description, as tests read it.
type api struct {
	doc        object
	operations []*operation
	schemas    *jsonschema.Compiler // of the document
	closed     *jsonschema.Compiler // of one whose objects have no members but those that it names
}

// operation is one of the description.
type operation struct {
	id, method, path string
	at               string // where in the document, as a JSON pointer
	node             object
	parameters       []object
	address          *regexp.Regexp // what its path looks like
	answered         map[string]bool
}

const inDocument = "file:///openapi.json#"

// described reads the description.
func described(t *testing.T) *api {
	t.Helper()
	read := func(change func(doc object)) (object, *jsonschema.Compiler) {
		parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(description))
		if err != nil {
			t.Fatal(err)
		}
		doc, c := parsed.(object), jsonschema.NewCompiler()
		change(doc)
		c.DefaultDraft(jsonschema.Draft2020)
		c.AssertFormat()
		c.AssertContent()
		if err := c.AddResource(strings.TrimSuffix(inDocument, "#"), doc); err != nil {
			t.Fatal(err)
		}
		return doc, c
	}
	a := new(api)
	a.doc, a.schemas = read(func(object) {})
	_, a.closed = read(func(doc object) { closeObjects(doc["components"].(object)["schemas"]) })
	for path, item := range a.doc["paths"].(object) {
		for method, node := range item.(object) {
			if method == "parameters" {
				continue
			}
			o := &operation{method: strings.ToUpper(method), path: path, at: "/paths/" + pointer(path) + "/" + method, node: node.(object), answered: map[string]bool{}}
			o.id = o.node["operationId"].(string)
			for _, list := range []any{item.(object)["parameters"], o.node["parameters"]} {
				if list != nil {
					for _, p := range list.([]any) {
						o.parameters = append(o.parameters, a.resolve(p))
					}
				}
			}
			o.address = regexp.MustCompile("^" + regexp.MustCompile(`\\\{[a-z]+\\\}`).ReplaceAllString(regexp.QuoteMeta(path), "([^/]+)") + "$")
			a.operations = append(a.operations, o)
		}
	}
	slices.SortFunc(a.operations, func(x, y *operation) int { return strings.Compare(x.id, y.id) })
	return a
}

// closeObjects has schemas allow no members but those that they name.
func closeObjects(v any) {
	switch v := v.(type) {
	case object:
		if _, open := v["additionalProperties"]; !open && v["properties"] != nil {
			v["additionalProperties"] = false
		}
		for _, inner := range v {
			closeObjects(inner)
		}
	case []any:
		for _, inner := range v {
			closeObjects(inner)
		}
	}
}

func pointer(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D").Replace(name)
}

// resolve returns what a reference leads to, or what is no reference.
func (a *api) resolve(v any) object {
	o := v.(object)
	ref, ok := o["$ref"].(string)
	if !ok {
		return o
	}
	to := any(a.doc)
	for _, name := range strings.Split(strings.TrimPrefix(ref, "#/"), "/") {
		to = to.(object)[name]
	}
	return to.(object)
}

// example is a request as the document has it: its address, and what its body is.
func (o *operation) example(a *api) (target, media string, body []byte) {
	target = o.path
	query := ""
	for _, p := range o.parameters {
		value := fmt.Sprint(p["example"])
		switch {
		case p["in"] == "path":
			target = strings.ReplaceAll(target, "{"+p["name"].(string)+"}", value)
		case p["in"] == "query" && p["required"] == true:
			if list, ok := p["example"].([]any); ok {
				value = fmt.Sprint(list[0])
			}
			query += "&" + p["name"].(string) + "=" + value
		}
	}
	if query != "" {
		target += "?" + query[1:]
	}
	if wants, ok := o.node["requestBody"].(object); ok {
		content := wants["content"].(object)
		media = slices.Sorted(maps.Keys(content))[0]
		if example, ok := content["application/json"].(object); ok && example["example"] != nil {
			media = "application/json"
			body, _ = json.Marshal(example["example"])
		}
	}
	return target, media, body
}

// The description is a document of OpenAPI 3.1, its examples are what its schemas say,
// and each operation has its name and its words.
func TestDescriptionIsOpenAPI(t *testing.T) {
	doc, err := openapi3.NewLoader().LoadFromData(description)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context(), openapi3.EnableExamplesValidation(), openapi3.EnableSchemaDefaultsValidation(), openapi3.EnableSchemaFormatValidation()); err != nil {
		t.Error(err)
	}
	if !doc.IsOpenAPI31OrLater() {
		t.Errorf("it says %s", doc.OpenAPI)
	}
	a := described(t)
	for name := range a.doc["components"].(object)["schemas"].(object) {
		if _, err := a.schemas.Compile(inDocument + "/components/schemas/" + name); err != nil {
			t.Error(err)
		}
		if !bytes.Contains(description, []byte(`"#/components/schemas/`+name+`"`)) && !bytes.Contains(description, []byte("each of them a "+name)) {
			t.Errorf("nothing is a %s", name)
		}
	}
	for _, o := range a.operations {
		if o.node["summary"] == nil || o.node["tags"] == nil {
			t.Errorf("%s has no summary or no tag", o.id)
		}
		for _, p := range o.parameters {
			if p["description"] == nil || p["schema"] == nil {
				t.Errorf("%s does not say what %s is", o.id, p["name"])
			}
		}
	}
	// Whatever is a member says what it is, in what unit: by itself or by its kind.
	var walk func(at string, v any)
	walk = func(at string, v any) {
		switch v := v.(type) {
		case object:
			members, _ := v["properties"].(object)
			for name, m := range members {
				if of := m.(object); of["description"] == nil && a.resolve(of)["description"] == nil && !strings.HasPrefix(at, "/Board") {
					t.Errorf("%s/%s has no description", at, name)
				}
			}
			for name, inner := range v {
				walk(at+"/"+name, inner)
			}
		case []any:
			for _, inner := range v {
				walk(at, inner)
			}
		}
	}
	walk("", a.doc["components"].(object)["schemas"])
}

// A board as JSON is what docs/board-json.md says.
func TestDescriptionOfBoardFile(t *testing.T) {
	text, err := os.ReadFile("../../docs/board-json.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(text), "## Schema\n\n```json\n")
	schema, _, _ := strings.Cut(after, "```")
	schema = strings.ReplaceAll(schema, "#/$defs/", "#/components/schemas/Board.")
	var want object
	if err := json.Unmarshal([]byte(schema), &want); err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Components struct{ Schemas map[string]any }
	}
	if err := json.Unmarshal(description, &doc); err != nil {
		t.Fatal(err)
	}
	same := func(x, y any) bool {
		one, _ := json.Marshal(x) // what was JSON a moment ago
		other, _ := json.Marshal(y)
		return bytes.Equal(one, other)
	}
	for name, part := range want["$defs"].(object) {
		if !same(doc.Components.Schemas["Board."+name], part) {
			t.Errorf("components/schemas/Board.%s is another than %s in docs/board-json.md: what changes there changes here", name, name)
		}
	}
	delete(want, "$defs")
	delete(want, "$schema")
	if !same(doc.Components.Schemas["Board"], want) {
		t.Error("components/schemas/Board is another than the schema in docs/board-json.md: what changes there changes here")
	}
}

// notDescribed are the routes that are for no program, or that OpenAPI has no words for.
var notDescribed = map[string]string{
	"GET /{$}":              "makes a board for a person, and goes there",
	"GET /assets/{name}":    "what the page is made of",
	"GET /sw.js":            "the page's service worker",
	"GET /shell/{language}": "the page, for its service worker",
	"GET /help":             "the help, for people",
	"GET /auth/callback":    "where a provider sends a person back to",
	"GET /ws":               "a WebSocket; shared/wire/SPEC.md says what goes over it",
	"GET /wt":               "says what WebTransport needs",
	"CONNECT /wt":           "WebTransport; shared/wire/SPEC.md",
	"/edgeboard.v1.Board/":  "gRPC, which describes itself by reflection",
	feedPush:                "the same",
	"/grpc.reflection.v1.ServerReflection/ServerReflectionInfo":      "reflection itself",
	"/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo": "reflection itself",
	"/": "all that is nothing",
}

// Each route is in the description, or for no program; and each operation of the
// description has a route of its own.
func TestDescriptionHasAllRoutes(t *testing.T) {
	_, s := serverWith(t, func(s *Server) { s.signIn = &signIn{} })
	routes, a := s.table(), described(t)
	s.crossOrigin(routes)
	leads := map[string]bool{}
	for _, o := range a.operations {
		target, _, _ := o.example(a)
		_, pattern := routes.Handler(httptest.NewRequest(o.method, target, nil))
		if pattern == "/" || pattern == "" {
			t.Errorf("%s: %s %s is no route", o.id, o.method, target)
		}
		if why := notDescribed[pattern]; why != "" {
			t.Errorf("%s: %s is %q: it is for no program, and is described", o.id, pattern, why)
		}
		leads[pattern] = true
	}
	for _, pattern := range routes.patterns {
		switch {
		case strings.HasPrefix(pattern, "OPTIONS "):
			// Browsers ask so for pages of other sites.
		case !leads[pattern] && notDescribed[pattern] == "":
			t.Errorf("%s is not described, nor in the list of routes that are for no program", pattern)
		}
	}
	for pattern := range notDescribed {
		if !slices.Contains(routes.patterns, pattern) {
			t.Errorf("%s is no route any more", pattern)
		}
	}
	for _, suffix := range append(slices.Sorted(maps.Keys(fileFormats)), chatSuffix) {
		if a.doc["paths"].(object)["/b/{board}."+suffix] == nil {
			t.Errorf("the file .%s is not described", suffix)
		}
	}
}

// The description is there for everybody, packed if one likes, and for pages of listed
// origins, as the rest of the API is.
func TestDescriptionIsServed(t *testing.T) {
	for _, accept := range []string{"", "gzip", "br"} {
		resp := request(t, "GET", "/api/openapi.json", "Origin", intranet, "Accept-Encoding", accept)
		wantStatus(t, resp, http.StatusOK)
		wantHeader(t, resp, "Content-Type", "application/json")
		wantHeader(t, resp, "Cache-Control", "no-store")
		wantHeader(t, resp, "Content-Encoding", accept)
		wantHeader(t, resp, "Access-Control-Allow-Origin", intranet)
		if v := strings.Join(resp.Header.Values("Vary"), ", "); v != "Origin, Accept-Encoding" {
			t.Errorf("Vary is %q", v)
		}
		packed, err := io.ReadAll(resp.Body)
		if err != nil || accept == "" && !bytes.Equal(packed, description) || accept != "" && len(packed) > len(description)/4 {
			t.Errorf("as %q there are %d bytes, %v", accept, len(packed), err)
		}
	}
	wantHeader(t, request(t, "GET", "/api/openapi.json", "Origin", "https://elsewhere.example"), "Access-Control-Allow-Origin", "")
	if a := keyed(t).get("/api/openapi.json"); a.StatusCode != http.StatusOK {
		t.Errorf("who shows nothing is answered %d", a.StatusCode)
	}
}
