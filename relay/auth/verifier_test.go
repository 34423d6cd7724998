package auth

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// noon is the time of all tests.
var noon = time.Unix(1000, 0)

// verifier is one whose time is noon, unless cfg has another.
func verifier(t testing.TB, cfg VerifierConfig) *Verifier {
	t.Helper()
	if cfg.Now == nil {
		cfg.Now = func() time.Time { return noon }
	}
	cfg.Log = slog.New(slog.DiscardHandler)
	v, err := NewVerifier(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Close)
	return v
}

// input is what is signed of a token: header and claims as they are, whatever they
// are.
func input(head, claims string) string {
	return segment.EncodeToString([]byte(head)) + "." + segment.EncodeToString([]byte(claims))
}

// signedBy makes a token with a signature of the method, by the key.
func signedBy(t testing.TB, method jwt.SigningMethod, key any, in string) string {
	t.Helper()
	mac, err := method.Sign(in, key)
	if err != nil {
		t.Fatal(err)
	}
	return in + "." + segment.EncodeToString(mac)
}

// hs makes a token that is signed with the secret.
func hs(t testing.TB, head, claims string) string {
	t.Helper()
	return signedBy(t, jwt.SigningMethodHS256, []byte(secret), input(head, claims))
}

const (
	headHS = `{"alg":"HS256","typ":"JWT"}`
	plain  = `{"sub":"ann","exp":2000}`
)

func reasonOf(err error) Reason {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Reason
	}
	return 0
}

func TestOperatorsTokenBecomesGrant(t *testing.T) {
	want := &Grant{
		Subject: "ann@example.com", Name: "Ann Ørsted 安", Boards: map[string]Role{"plan": Owner, "team-*": Editor, "*": Viewer}, Feeds: true, Notices: true,
		Until: time.Unix(2000, 0), Issued: time.Unix(990, 0), Token: "t-1",
	}
	all := keys().all()
	cfg := VerifierConfig{Keys: []*Key{mustKey(t, []byte(secret))}, Issuer: "https://team.example", Audience: "board"}
	sign := map[string]*SigningKey{algHS256: mustSigningKey(t, []byte(secret))}
	for alg, k := range all {
		cfg.Keys = append(cfg.Keys, mustKey(t, publicPEM(t, k)))
		sign[alg] = mustSigningKey(t, privatePEM(t, k))
	}
	v := verifier(t, cfg)
	for alg, k := range sign {
		token, err := Sign(k, want, "https://team.example", "board")
		if err != nil {
			t.Fatal(err)
		}
		got, err := v.Verify(t.Context(), token)
		if err != nil {
			t.Errorf("%s: %v", alg, err)
			continue
		}
		if !got.Same(want) || !got.Until.Equal(want.Until) || !got.Issued.Equal(want.Issued) || got.Token != want.Token {
			t.Errorf("%s: %+v, want %+v", alg, got, want)
		}
	}
}

func TestSignRefusesWhatNoRelayTakes(t *testing.T) {
	k := mustSigningKey(t, []byte(secret))
	many := map[string]Role{}
	for i := range MaxBoards + 1 {
		many[fmt.Sprint("board-", i)] = Viewer
	}
	long := map[string]Role{}
	for i := range MaxBoards {
		long[fmt.Sprintf("%064d", i)] = Viewer
	}
	until := time.Unix(2000, 0)
	for name, g := range map[string]*Grant{
		"nobody":              {Until: until},
		"no end":              {Subject: "ann"},
		"none as a role":      {Subject: "ann", Until: until, Boards: map[string]Role{"plan": None}},
		"a role too high":     {Subject: "ann", Until: until, Boards: map[string]Role{"plan": Owner + 1}},
		"a pattern":           {Subject: "ann", Until: until, Boards: map[string]Role{"../x": Viewer}},
		"too many boards":     {Subject: "ann", Until: until, Boards: many},
		"too long":            {Subject: "ann", Until: until, Boards: long},
		"a name that is long": {Subject: "ann", Until: until, Name: strings.Repeat("x", maxName+1)},
	} {
		if token, err := Sign(k, g, "", ""); err == nil {
			t.Errorf("%s: %s", name, token)
		}
	}
}

// Tokens that are signed well, and say what they must not.
func TestHostileClaims(t *testing.T) {
	v := verifier(t, VerifierConfig{Keys: []*Key{mustKey(t, []byte(secret))}, Issuer: "team", Audience: "board"})
	with := func(changes ...string) string {
		c := map[string]json.RawMessage{"sub": json.RawMessage(`"ann"`), "exp": json.RawMessage(`2000`), "iss": json.RawMessage(`"team"`), "aud": json.RawMessage(`"board"`)}
		for _, change := range changes {
			name, value, _ := strings.Cut(change, "=")
			if value == "" {
				delete(c, name)
			} else {
				c[name] = json.RawMessage(value)
			}
		}
		b, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	for _, good := range []string{
		with(), with(`aud=["else","board"]`), with(`exp=1000.5`), with(`exp=2e3`), with(`nbf=1005`), with(`iat=1005`), with(`boards={}`),
		with(`more={"a":[1,2,{"b":null}]}`), with(`SUB="not read"`), with(`name=""`),
	} {
		if _, err := v.Verify(t.Context(), hs(t, headHS, good)); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	many := make([]string, 10_000)
	for i := range many {
		many[i] = fmt.Sprintf(`"b%d":"viewer"`, i)
	}
	places := `["board"` + strings.Repeat(`,"x"`, maxPlaces) + `]`
	for name, c := range map[string]struct {
		claims string
		want   Reason
		text   string
	}{
		"no exp":                {with("exp="), Bad, "exp, which says when it ends"},
		"exp as a string":       {with(`exp="2000"`), Bad, "exp is not a number"},
		"exp null":              {with(`exp=null`), Bad, "exp is not a number"},
		"exp huge":              {with(`exp=1e300`), Bad, "exp is not between"},
		"exp beyond float64":    {with(`exp=1e400`), Bad, "exp is not a number"},
		"exp negative":          {with(`exp=-1`), Bad, "exp is not between"},
		"exp a list":            {with(`exp=[2000]`), Bad, "exp is not a number"},
		"exp now":               {with(`exp=1000`), Expired, "has ended"},
		"exp a fraction ago":    {with(`exp=999.999999`), Expired, "has ended"},
		"exp 0":                 {with(`exp=0`), Expired, "has ended"},
		"nbf in the future":     {with(`nbf=1006`), NotYet, "nbf"},
		"nbf as a string":       {with(`nbf="1"`), Bad, "nbf is not a number"},
		"iat in the future":     {with(`iat=1006`), NotYet, "iat"},
		"no iss":                {with(`iss=`), Bad, "another issuer"},
		"another iss":           {with(`iss="Team"`), Bad, "another issuer"},
		"iss a list":            {with(`iss=["team"]`), Bad, "iss is not a string"},
		"no aud":                {with(`aud=`), Bad, "another audience"},
		"another aud":           {with(`aud="boards"`), Bad, "another audience"},
		"a list of others":      {with(`aud=["a","b"]`), Bad, "another audience"},
		"an empty list":         {with(`aud=[]`), Bad, "another audience"},
		"aud with a number":     {with(`aud=["board",1]`), Bad, "aud is neither"},
		"aud with a null":       {with(`aud=["board",null]`), Bad, "aud is neither"},
		"aud an object":         {with(`aud={"board":1}`), Bad, "aud is neither"},
		"aud with many":         {with(`aud=` + places), Bad, "aud has more than"},
		"no sub":                {with(`sub=`), Bad, "sub, which says who it is"},
		"sub empty":             {with(`sub=""`), Bad, "sub, which says who it is"},
		"sub null":              {with(`sub=null`), Bad, "sub is not a string"},
		"sub a number":          {with(`sub=1`), Bad, "sub is not a string"},
		"sub too long":          {with(`sub="` + strings.Repeat("x", MaxSubject+1) + `"`), Bad, "sub is longer than"},
		"sub with a line end":   {with(`sub="ann\nrole: owner"`), Bad, "sub has control characters"},
		"sub with a NUL":        {with(`sub="ann\u0000"`), Bad, "sub has control characters"},
		"sub of another case":   {with(`sub=`, `Sub="ann"`), Bad, "sub, which says who it is"},
		"name too long":         {with(`name="` + strings.Repeat("ü", maxName/2+1) + `"`), Bad, "name is longer than"},
		"jti too long":          {with(`jti="` + strings.Repeat("x", maxID+1) + `"`), Bad, "jti is longer than"},
		"feeds as a string":     {with(`feeds="true"`), Bad, "feeds is neither"},
		"notices as a number":   {with(`notices=1`), Bad, "notices is neither"},
		"boards a list":         {with(`boards=["plan"]`), Bad, "boards: it is not a JSON object"},
		"boards null":           {with(`boards=null`), Bad, "boards: it is not a JSON object"},
		"a role that is none":   {with(`boards={"plan":"admin"}`), Bad, "a role is"},
		"none as a role":        {with(`boards={"plan":"none"}`), Bad, "a role is"},
		"a number as a role":    {with(`boards={"plan":4}`), Bad, "a role is"},
		"a path as a board":     {with(`boards={"../../etc/*":"owner"}`), Bad, "neither a board's name"},
		"a * inside":            {with(`boards={"a*b":"owner"}`), Bad, "neither a board's name"},
		"an empty board":        {with(`boards={"":"owner"}`), Bad, "neither a board's name"},
		"257 boards":            {with(`boards={` + strings.Join(many[:257], ",") + `}`), Bad, "boards has more than"},
		"10,000 boards":         {with(`boards={` + strings.Join(many, ",") + `}`), Bad, "longer than"},
		"a board twice":         {`{"sub":"ann","exp":2000,"iss":"team","aud":"board","boards":{"a":"viewer","a":"owner"}}`, Bad, "twice"},
		"sub twice":             {`{"sub":"ann","exp":2000,"iss":"team","aud":"board","sub":"bea"}`, Bad, "twice"},
		"sub twice, escaped":    {`{"sub":"ann","exp":2000,"iss":"team","aud":"board","\u0073ub":"bea"}`, Bad, "twice"},
		"something behind it":   {with() + "{}", Bad, "something follows"},
		"a bracket behind it":   {with() + "}", Bad, "something follows"},
		"cut off":               {with()[:20], Bad, "not a JSON object"},
		"a list":                {`["sub","ann"]`, Bad, "not a JSON object"},
		"null":                  {`null`, Bad, "not a JSON object"},
		"nothing":               {``, Bad, "not a JSON object"},
		"not UTF-8":             {"{\"sub\":\"\xff\",\"exp\":2000}", Bad, "not UTF-8"},
		"brackets, 5,000 of it": {`{"x":` + strings.Repeat("[", 5000), Bad, "not a JSON object"},
	} {
		g, err := v.Verify(t.Context(), hs(t, headHS, c.claims))
		if reasonOf(err) != c.want || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: %+v, %v; want %d, %q", name, g, err, c.want, c.text)
		}
	}
}

// A token for somebody else is not taken by a relay that is not told who it is.
func TestAudienceNeedsToBeKnown(t *testing.T) {
	v := verifier(t, VerifierConfig{Keys: []*Key{mustKey(t, []byte(secret))}})
	if _, err := v.Verify(t.Context(), hs(t, headHS, plain)); err != nil {
		t.Error(err)
	}
	_, err := v.Verify(t.Context(), hs(t, headHS, `{"sub":"ann","exp":2000,"aud":"else"}`))
	if reasonOf(err) != Bad || !strings.Contains(err.Error(), "not told its own") {
		t.Error(err)
	}
}

// Tokens that are not signed as they must be, or not in the form of one.
func TestHostileTokens(t *testing.T) {
	ring := keys()
	rsaPEM := publicPEM(t, ring.rsa)
	all := []*Key{mustKey(t, rsaPEM), mustKey(t, publicPEM(t, ring.ec)), mustKey(t, publicPEM(t, ring.ed))}
	public := verifier(t, VerifierConfig{Keys: all})
	shared := verifier(t, VerifierConfig{Keys: []*Key{mustKey(t, []byte(secret))}})

	mac := func(key []byte, in string) string {
		h := hmac.New(sha256.New, key)
		h.Write([]byte(in))
		return in + "." + segment.EncodeToString(h.Sum(nil))
	}
	rs := func(head string) string { return signedBy(t, jwt.SigningMethodRS256, ring.rsa, input(head, plain)) }
	good := hs(t, headHS, plain)
	head, body, tail, _ := split(good)
	other := hs(t, headHS, `{"sub":"ann","exp":2001}`)
	_, _, otherTail, _ := split(other)
	none := segment.EncodeToString([]byte(`{"alg":"none"}`)) + "." + body + "."
	headRS := `{"alg":"RS256"}`
	own := signedBy(t, jwt.SigningMethodHS256, []byte("a key of somebody else's, who is not the operator"),
		input(`{"alg":"HS256","jwk":{"kty":"oct","k":"YSBrZXkgb2Ygc29tZWJvZHkgZWxzZSdzLCB3aG8gaXMgbm90IHRoZSBvcGVyYXRvcg"},"jku":"http://127.0.0.1:1/keys","x5u":"http://127.0.0.1:1/x"}`, plain))

	for _, alg := range []string{"JWT", "jwt", "at+jwt", "application/at+jwt"} {
		if _, err := public.Verify(t.Context(), rs(`{"alg":"RS256","typ":"`+alg+`","kid":"of no meaning here","jku":"http://127.0.0.1:1/"}`)); err != nil {
			t.Errorf("typ %s: %v", alg, err)
		}
	}
	for name, c := range map[string]struct {
		v     *Verifier
		token string
		want  Reason
		text  string
	}{
		"nothing":                          {shared, "", Missing, "there is no token"},
		"none":                             {shared, none, Bad, "not signed (none)"},
		"none with a signature":            {shared, none + tail, Bad, "not signed (none)"},
		"NoNe":                             {shared, input(`{"alg":"NoNe"}`, plain) + ".", Bad, "not signed (none)"},
		"no alg":                           {shared, hs(t, `{"typ":"JWT"}`, plain), Bad, "a method that the relay does not take"},
		"alg null":                         {shared, hs(t, `{"alg":null}`, plain), Bad, "alg is not a string"},
		"alg in small letters":             {shared, hs(t, `{"alg":"hs256"}`, plain), Bad, "a method that the relay does not take"},
		"HS512":                            {shared, signedBy(t, jwt.SigningMethodHS512, []byte(secret), input(`{"alg":"HS512"}`, plain)), Bad, "a method that the relay does not take"},
		"PS256":                            {public, signedBy(t, jwt.SigningMethodPS256, ring.rsa, input(`{"alg":"PS256"}`, plain)), Bad, "a method that the relay does not take"},
		"the public PEM as secret":         {public, mac(rsaPEM, input(headHS, plain)), Bad, "signed with HS256, and no key of the relay is for that"},
		"the same without its line end":    {public, mac([]byte(strings.TrimSpace(string(rsaPEM))), input(headHS, plain)), Bad, "no key of the relay is for that"},
		"ES256 by an RSA key":              {public, signedBy(t, jwt.SigningMethodRS256, ring.rsa, input(`{"alg":"ES256"}`, plain)), Bad, "signature is not of a key"},
		"RS256 by a P-256 key":             {public, signedBy(t, jwt.SigningMethodES256, ring.ec, input(headRS, plain)), Bad, "signature is not of a key"},
		"EdDSA by a P-256 key":             {public, signedBy(t, jwt.SigningMethodES256, ring.ec, input(`{"alg":"EdDSA"}`, plain)), Bad, "signature is not of a key"},
		"RS256 where there is a secret":    {shared, rs(headRS), Bad, "signed with RS256, and no key of the relay is for that"},
		"a key that it brings along":       {shared, own, Bad, "signature is not of a key"},
		"kid elsewhere":                    {shared, mac([]byte(""), input(`{"alg":"HS256","kid":"../../../../dev/null"}`, plain)), Bad, "signature is not of a key"},
		"a kid that is a number":           {shared, hs(t, `{"alg":"HS256","kid":1}`, plain), Bad, "kid is not a string"},
		"crit":                             {shared, hs(t, `{"alg":"HS256","crit":["exp"]}`, plain), Bad, "(crit)"},
		"an empty crit":                    {shared, hs(t, `{"alg":"HS256","crit":[]}`, plain), Bad, "(crit)"},
		"claims that are not encoded":      {shared, hs(t, `{"alg":"HS256","b64":false,"crit":["b64"]}`, plain), Bad, "(crit)"},
		"alg twice":                        {shared, hs(t, `{"alg":"none","alg":"HS256"}`, plain), Bad, "twice"},
		"typ of an access token":           {shared, hs(t, `{"alg":"HS256","typ":"edgeboard-access+jwt"}`, plain), Bad, "(typ)"},
		"typ of an invite":                 {shared, hs(t, `{"alg":"HS256","typ":"EDGEBOARD-INVITE+JWT"}`, plain), Bad, "(typ)"},
		"typ of something else":            {shared, hs(t, `{"alg":"HS256","typ":"logout+jwt"}`, plain), Bad, "(typ)"},
		"no signature":                     {shared, head + "." + body + ".", Bad, "signature is not of a key"},
		"half a signature":                 {shared, head + "." + body + "." + tail[:20], Bad, "signature is not of a key"},
		"the signature of another":         {shared, head + "." + body + "." + otherTail, Bad, "signature is not of a key"},
		"claims of another":                {shared, strings.Replace(other, otherTail, tail, 1), Bad, "signature is not of a key"},
		"other bits at the end":            {shared, good[:len(good)-1] + nextLetter(good[len(good)-1]), Bad, "not base64url"},
		"padding":                          {shared, good + "=", Bad, "letters that none has"},
		"a line end":                       {shared, good + "\n", Bad, "letters that none has"},
		"a line end inside":                {shared, head + "." + body + ".\n" + tail, Bad, "letters that none has"},
		"a word before":                    {shared, "Bearer " + good, Bad, "letters that none has"},
		"not ASCII":                        {shared, "ü." + body + "." + tail, Bad, "letters that none has"},
		"two parts":                        {shared, head + "." + body, Bad, "not three parts"},
		"four parts":                       {shared, good + ".x", Bad, "not three parts"},
		"five parts":                       {shared, good + ".x.y", Bad, "encrypted"},
		"seven parts":                      {shared, good + "....", Bad, "not three parts"},
		"dots":                             {shared, "..", Bad, "header: it is not a JSON object"},
		"a header that is a list":          {shared, mac([]byte(secret), input(`[]`, plain)), Bad, "header: it is not a JSON object"},
		"more than 8 KiB":                  {shared, hs(t, headHS, `{"sub":"ann","exp":2000,"x":"`+strings.Repeat("x", 6200)+`"}`), Bad, "longer than 8192"},
		"a megabyte of dots":               {shared, strings.Repeat(".", 1<<20), Bad, "longer than 8192"},
		"a signature in another's clothes": {public, mac([]byte(secret), input(headRS, plain)), Bad, "signature is not of a key"},
	} {
		g, err := c.v.Verify(t.Context(), c.token)
		if reasonOf(err) != c.want || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: %+v, %v; want %d, %q", name, g, err, c.want, c.text)
			continue
		}
		if e, _ := errors.AsType[*Error](err); e.Again() != (c.want == Missing) {
			t.Errorf("%s: to come again is %v", name, e.Again())
		}
		for _, part := range strings.Split(c.token, ".") {
			if len(part) > 8 && strings.Contains(err.Error(), part) {
				t.Errorf("%s: the error shows a part of the token: %v", name, err)
			}
		}
	}
}

// nextLetter is the letter of base64 whose highest bits are the same.
func nextLetter(c byte) string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return letters[strings.IndexByte(letters, c)+1:][:1]
}

// No single changed bit of a token leaves it good.
func TestEveryBitOfTokenCounts(t *testing.T) {
	v := verifier(t, VerifierConfig{Keys: []*Key{mustKey(t, []byte(secret))}})
	good := hs(t, headHS, plain)
	for i := range len(good) * 8 {
		b := []byte(good)
		b[i/8] ^= 1 << (i % 8)
		if g, err := v.Verify(t.Context(), string(b)); err == nil {
			t.Errorf("with bit %d changed: %+v", i, g)
		}
	}
}

func TestVerifierNeedsKeys(t *testing.T) {
	if _, err := NewVerifier(VerifierConfig{}); err == nil {
		t.Error("a Verifier without keys was made")
	}
	for _, bad := range []string{"", "http://keys.example/jwks", "ftp://keys.example/", "https://", "//keys.example", "https://user:pass@keys.example/", "file:///etc/passwd", "https://keys.example/\x00"} {
		if _, err := NewVerifier(VerifierConfig{JWKS: []string{bad}}); err == nil {
			t.Errorf("keys are fetched from %q", bad)
		}
	}
	for _, good := range []string{"https://keys.example/jwks", "http://127.0.0.1:8080/jwks", "http://[::1]/jwks", "http://localhost/jwks"} {
		verifier(t, VerifierConfig{JWKS: []string{good}, Client: http.DefaultClient})
	}
}

func TestReasonsSayWhetherToComeAgain(t *testing.T) {
	for _, r := range []Reason{Missing, Expired, NotYet, Revoked, Unavailable} {
		if !refuse(r, "").Again() {
			t.Errorf("reason %d: a new token would not help", r)
		}
	}
	for _, r := range []Reason{Bad, Forbidden, InviteOver, NotFound, Conflict, Invalid} {
		if refuse(r, "").Again() {
			t.Errorf("reason %d: a new token would help", r)
		}
	}
}
