package server

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"edgeboard/relay/auth"
)

// caller is a program that asks a relay, and holds each answer to the description.
type caller struct {
	t     *testing.T
	api   *api
	base  string
	token string // for who says nothing else
	http  *http.Client
}

// question is a request.
type question struct {
	method, target string
	body, media    string // media: as the description has it, if it has one alone
	token          string // "-": none
	headers        []string
	unsaid         bool // what is wrong with it is not to be read in the schemas
	unmeasured     bool // the length of the body is not said
}

func (a *api) caller(o *operator) *caller {
	return &caller{o.t, a, "http://" + o.addr, o.token("ann", auth.Owner), &http.Client{
		Timeout: limit, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// find returns the operation that a request is of, and what stands in its path.
func (a *api) find(method string, u *url.URL) (*operation, []string) {
	for _, o := range a.operations {
		if m := o.address.FindStringSubmatch(u.EscapedPath()); m != nil && o.method == method {
			return o, m[1:]
		}
	}
	return nil, nil
}

// ask makes a request and expects a status, 0 being any, and all else to be as the
// description says.
func (c *caller) ask(q question, want int) (body []byte, header http.Header) {
	c.t.Helper()
	u, err := url.Parse(q.target)
	if err != nil {
		c.t.Fatal(err)
	}
	o, inPath := c.api.find(q.method, u)
	if o == nil {
		c.t.Fatalf("%s %s is not described", q.method, q.target)
	}
	if _, media, _ := o.example(c.api); q.media == "" {
		q.media = media
	}
	var sent io.Reader = strings.NewReader(q.body)
	if q.unmeasured {
		sent = io.MultiReader(sent)
	}
	r, err := http.NewRequestWithContext(c.t.Context(), q.method, c.base+q.target, sent)
	if err != nil {
		c.t.Fatal(err)
	}
	if q.media != "" {
		r.Header.Set("Content-Type", q.media)
	}
	if token := cmp.Or(q.token, c.token); token != "-" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i < len(q.headers); i += 2 {
		r.Header.Set(q.headers[i], q.headers[i+1])
	}
	got, err := c.http.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	if strings.HasPrefix(got.Header.Get("Content-Type"), "text/event-stream") {
		// It goes on: the first event is enough.
		c.t.Cleanup(func() { got.Body.Close() })
		for b := make([]byte, 1); !bytes.HasSuffix(body, []byte("}\n\n")) && err == nil; body = append(body, b...) {
			_, err = io.ReadFull(got.Body, b)
		}
	} else {
		body, err = io.ReadAll(got.Body)
		got.Body.Close()
	}
	if err != nil {
		c.t.Fatal(err)
	}
	what := fmt.Sprintf("%s %.100s %.100s", q.method, q.target, q.body)
	if got.StatusCode != want && want != 0 {
		c.t.Errorf("%s is answered %d %.200q, want %d", what, got.StatusCode, body, want)
	}
	status := strconv.Itoa(got.StatusCode)
	o.answered[status] = true
	responses := o.node["responses"].(object)
	if responses[status] == nil {
		c.t.Errorf("%s is answered %d, which is not described for %s", what, got.StatusCode, o.id)
		return body, got.Header
	}
	at := "/responses/" + status
	if ref, ok := responses[status].(object)["$ref"].(string); ok {
		at = strings.TrimPrefix(ref, "#")
	} else {
		at = o.at + at
	}
	response := c.api.resolve(responses[status])
	for name, h := range object(asObject(response["headers"])) {
		of := c.api.resolve(h)
		value := got.Header.Get(name)
		if value == "" {
			if of["required"] == true {
				c.t.Errorf("%s: the answer %s has no %s", what, status, name)
			}
			continue
		}
		path := at + "/headers/" + name
		if ref, ok := h.(object)["$ref"].(string); ok {
			path = strings.TrimPrefix(ref, "#")
		}
		if err := c.api.fits(path+"/schema", of["schema"], value); err != nil {
			c.t.Errorf("%s: the answer's %s is %q: %v", what, name, value, err)
		}
	}
	content := asObject(response["content"])
	media, _, _ := mime.ParseMediaType(got.Header.Get("Content-Type"))
	switch {
	case len(content) == 0 && len(body) > 0:
		c.t.Errorf("%s: the answer %s has a body, which is not described", what, status)
	case len(content) > 0 && content[media] == nil:
		c.t.Errorf("%s: the answer %s is %q, which is not described for %s", what, status, media, o.id)
	case len(content) > 0 && asObject(content[media])["schema"] != nil:
		path := at + "/content/" + pointer(media) + "/schema"
		if err := c.api.answers(path, media, body); err != nil {
			c.t.Errorf("%s: the answer %.300q: %v", what, body, err)
		}
	}
	switch said := c.api.says(o, q, u, inPath); {
	case got.StatusCode < 400 && said != nil:
		c.t.Errorf("%s is taken, and is not as described: %v", what, said)
	case got.StatusCode == http.StatusBadRequest && said == nil && !q.unsaid:
		c.t.Errorf("%s is refused (%s), and is as described", what, body)
	}
	return body, got.Header
}

func asObject(v any) object {
	o, _ := v.(object)
	return o
}

// says returns what the description finds wrong with a request.
func (a *api) says(o *operation, q question, u *url.URL, inPath []string) error {
	query := u.Query()
	for i, p := range o.parameters {
		name := p["name"].(string)
		var value any
		given := false
		switch p["in"] {
		case "path":
			place := strings.Count(o.path[:strings.Index(o.path, "{"+name+"}")], "{")
			text, _ := url.PathUnescape(inPath[place])
			value, given = text, true
		case "query":
			value, given = query.Get(name), query.Has(name)
			if a.resolve(p["schema"])["type"] == "array" {
				list := []any{}
				for _, one := range query[name] {
					list = append(list, one)
				}
				value = list
			}
			query.Del(name)
		default:
			continue
		}
		if !given && p["required"] == true {
			return fmt.Errorf("%s is missing", name)
		}
		if given && !(value == "" && p["allowEmptyValue"] == true) {
			if err := a.fits(o.parameterAt(a, i)+"/schema", p["schema"], value); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	for name := range query {
		return fmt.Errorf("the query has %s, which is not described", name)
	}
	content := asObject(asObject(o.node["requestBody"])["content"])
	media, _, _ := mime.ParseMediaType(q.media)
	if len(content) == 0 {
		return nil
	}
	if content[media] == nil {
		return fmt.Errorf("a body of %q is not described", media)
	}
	if asObject(content[media])["schema"] == nil {
		return nil
	}
	return fitsBody(a.schemas, o.at+"/requestBody/content/"+pointer(media)+"/schema", media, []byte(q.body))
}

// parameterAt is where in the document a parameter stands.
func (o *operation) parameterAt(a *api, i int) string {
	item := a.doc["paths"].(object)[o.path].(object)
	shared, _ := item["parameters"].([]any)
	list, at := shared, "/paths/"+pointer(o.path)+"/parameters/"
	if i >= len(shared) {
		i -= len(shared)
		list, at = o.node["parameters"].([]any), o.at+"/parameters/"
	}
	if ref, ok := list[i].(object)["$ref"].(string); ok {
		return strings.TrimPrefix(ref, "#")
	}
	return at + strconv.Itoa(i)
}

// fits says why a text of a header or an address is not what its schema says. One that
// is of a number is one.
func (a *api) fits(at string, schema, value any) error {
	s, err := a.schemas.Compile(inDocument + at)
	if err != nil {
		return err
	}
	if kind := a.resolve(schema)["type"]; kind == "integer" || kind == "number" {
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(value.(string)))
		if err != nil {
			return err
		}
		return s.Validate(v)
	}
	return s.Validate(value)
}

// answers says why the body of an answer is not what its schema says, to the last of its
// members: clients pass over those that are not described, and a test does not.
func (a *api) answers(at, media string, body []byte) error {
	return fitsBody(a.closed, at, media, body)
}

func fitsBody(schemas *jsonschema.Compiler, at, media string, body []byte) error {
	s, err := schemas.Compile(inDocument + at)
	if err != nil {
		return err
	}
	if media != "application/json" && !strings.HasSuffix(media, "+json") {
		return s.Validate(string(body))
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return err
	}
	return s.Validate(v)
}

// asExample is the request that the document shows.
func (c *caller) asExample(o *operation) question {
	target, media, body := o.example(c.api)
	return question{method: o.method, target: target, media: media, body: string(body)}
}
